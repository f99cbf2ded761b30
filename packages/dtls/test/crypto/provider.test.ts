import { describe, expect, it } from "@effect/vitest"
import { nodeCrypto, nodePrivateKey, nodePublicKey } from "../../src/crypto/NodeCrypto.ts"
import { namedGroups, signatureSchemes } from "../../src/wire/Groups.ts"
import { fromHex, toHex } from "../kit/fixture.ts"
import * as Pki from "../kit/Pki.ts"
import { seededRandom } from "../kit/random.ts"

describe("key agreement", () => {
  it.each(namedGroups)("on $name gives both sides the same secret", ({ name, publicKeyLength }) => {
    const [a, b] = [nodeCrypto.keyShare(name, seededRandom("a")), nodeCrypto.keyShare(name, seededRandom("b"))]
    expect(a.publicKey.length).toBe(publicKeyLength)
    expect(a.agree(b.publicKey)).toEqual(b.agree(a.publicKey))
    expect(a.publicKey).not.toEqual(b.publicKey)
    // the same randomness, the same key
    expect(nodeCrypto.keyShare(name, seededRandom("a")).publicKey).toEqual(a.publicKey)
  })

  it("on X25519 is that of RFC 7748 section 6.1", () => {
    const keyOf = (hex: string) => nodeCrypto.keyShare("x25519", () => fromHex(hex))
    const alice = keyOf("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    const bob = keyOf("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    expect(toHex(alice.publicKey)).toBe("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    expect(toHex(bob.publicKey)).toBe("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
    expect(toHex(alice.agree(bob.publicKey)!)).toBe("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
  })

  it("refuses X25519 points of small order, whose secret would be zero (RFC 7748 section 6.1)", () => {
    const share = nodeCrypto.keyShare("x25519", seededRandom("a"))
    for (
      const point of [
        "00".repeat(32),
        `01${"00".repeat(31)}`,
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        `ec${"ff".repeat(30)}7f`,
        `ed${"ff".repeat(30)}7f`,
        `ee${"ff".repeat(30)}7f`
      ]
    ) {
      expect(share.agree(fromHex(point)), point).toBeUndefined()
    }
  })

  it.each(namedGroups)("on $name refuses keys of another length", ({ name, publicKeyLength }) => {
    const share = nodeCrypto.keyShare(name, seededRandom("a"))
    const { publicKey } = nodeCrypto.keyShare(name, seededRandom("b"))
    for (const length of [0, 1, publicKeyLength - 1]) expect(share.agree(publicKey.subarray(0, length))).toBeUndefined()
    expect(share.agree(Uint8Array.of(...publicKey, 0))).toBeUndefined()
  })

  it.each(["secp256r1", "secp384r1"] as const)(
    "on %s refuses what is not on the curve, or not uncompressed",
    (name) => {
      const share = nodeCrypto.keyShare(name, seededRandom("a"))
      const { publicKey } = nodeCrypto.keyShare(name, seededRandom("b"))
      const size = (publicKey.length - 1) / 2
      const offCurve = publicKey.slice()
      offCurve[offCurve.length - 1]! ^= 1
      const compressed = Uint8Array.of(2 + (publicKey.at(-1)! & 1), ...publicKey.subarray(1, 1 + size))
      const hybrid = Uint8Array.of(6 + (publicKey.at(-1)! & 1), ...publicKey.subarray(1))
      const zero = Uint8Array.of(4, ...new Uint8Array(2 * size))
      for (const key of [offCurve, compressed, hybrid, zero, Uint8Array.of(0)]) expect(share.agree(key)).toBeUndefined()
      expect(share.agree(publicKey)).toBeDefined()
    }
  )

  it("draws again when a number is above the order of the curve", () => {
    let draws = 0
    const random = seededRandom("again")
    const share = nodeCrypto.keyShare(
      "secp256r1",
      (length) => draws++ === 0 ? new Uint8Array(length).fill(255) : random(length)
    )
    expect(draws).toBe(2)
    expect(share.publicKey.length).toBe(65)
  })

  it("gives up on a source that gives nothing usable", () => {
    expect(() => nodeCrypto.keyShare("secp256r1", (length) => new Uint8Array(length))).toThrow("random")
  })
})

describe("AEAD", () => {
  it("with ChaCha20 and Poly1305 is that of RFC 8439 section 2.8.2", () => {
    const aead = nodeCrypto.aead(
      "chacha20-poly1305",
      fromHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f")
    )
    const text = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, " +
      "sunscreen would be it."
    const [nonce, data] = [fromHex("070000004041424344454647"), fromHex("50515253c0c1c2c3c4c5c6c7")]
    const sealed = aead.seal(nonce, data, new TextEncoder().encode(text))
    expect(toHex(sealed)).toBe(
      "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b29" +
        "05d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b" +
        "61161ae10b594f09e26a7e902ecbd0600691"
    )
    expect(new TextDecoder().decode(aead.open(nonce, data, sealed))).toBe(text)
  })

  it("with AES-128-GCM is test case 4 of its inventors", () => {
    const aead = nodeCrypto.aead("aes-128-gcm", fromHex("feffe9928665731c6d6a8f9467308308"))
    const [nonce, data] = [fromHex("cafebabefacedbaddecaf888"), fromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2")]
    const text = fromHex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657" +
        "ba637b39"
    )
    const sealed = aead.seal(nonce, data, text)
    expect(toHex(sealed)).toBe(
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac97" +
        "3d58e0915bc94fbc3221a5db94fae95ae7121a47"
    )
    expect(aead.open(nonce, data, sealed)).toEqual(text)
  })

  it.each([["aes-128-gcm", 16], ["aes-256-gcm", 32], ["chacha20-poly1305", 32]] as const)(
    "with %s refuses every changed bit",
    (algorithm, keyLength) => {
      const aead = nodeCrypto.aead(algorithm, seededRandom("key")(keyLength))
      const [nonce, data] = [new Uint8Array(12), Uint8Array.of(1, 2)]
      const sealed = aead.seal(nonce, data, Uint8Array.of(1, 2, 3))
      expect(aead.open(nonce, data, sealed)).toEqual(Uint8Array.of(1, 2, 3))
      for (let bit = 0; bit < sealed.length * 8; bit++) {
        const changed = sealed.slice()
        changed[bit >>> 3]! ^= 1 << (bit & 7)
        expect(aead.open(nonce, data, changed)).toBeUndefined()
      }
      expect(aead.open(nonce, Uint8Array.of(1, 3), sealed)).toBeUndefined()
      expect(aead.open(Uint8Array.of(1, ...nonce.subarray(1)), data, sealed)).toBeUndefined()
      expect(aead.open(nonce, data, aead.seal(nonce, data, new Uint8Array(0)))).toEqual(new Uint8Array(0))
    }
  )
})

describe("signatures", () => {
  const keys = { ECDSA: Pki.p256(), RSA: Pki.rsa() }

  it.each(signatureSchemes)("of $authentication with $hash hold for their bytes only", (scheme) => {
    const { privateKey, publicKey } = keys[scheme.authentication]
    const [signer, verifier] = [nodePrivateKey(privateKey), nodePublicKey(publicKey)]
    const bytes = Uint8Array.of(1, 2, 3)
    const signature = signer!.sign(scheme, bytes)
    expect(verifier?.verify(scheme, bytes, signature)).toBe(true)
    expect(verifier?.verify(scheme, Uint8Array.of(1, 2, 4), signature)).toBe(false)
    expect(verifier?.verify(scheme, bytes, signature.subarray(1))).toBe(false)
    expect(verifier?.verify(scheme, bytes, new Uint8Array(0))).toBe(false)
    const others = signatureSchemes.filter(({ id }) => id !== scheme.id)
    for (const other of others) expect(verifier?.verify(other, bytes, signature)).toBe(false)
  })

  it("know the group of a key", () => {
    expect(nodePrivateKey(Pki.p256().privateKey)?.group).toBe("secp256r1")
    expect(nodePrivateKey(Pki.p384().privateKey)?.group).toBe("secp384r1")
    expect(nodePrivateKey(Pki.p521().privateKey)?.group).toBeUndefined()
    expect(nodePrivateKey(keys.RSA.privateKey)?.group).toBeUndefined()
  })
})

describe("comparing", () => {
  it("is about all bytes", () => {
    expect(nodeCrypto.equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
    expect(nodeCrypto.equal(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
    expect(nodeCrypto.equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))).toBe(false)
    expect(nodeCrypto.equal(new Uint8Array(0), new Uint8Array(0))).toBe(true)
  })
})
