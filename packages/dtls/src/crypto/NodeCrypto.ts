/**
 * The cryptography of `node:crypto`.
 *
 * Keys are kept as `KeyObject`s: with raw keys every record would cost several times as much.
 *
 * @since 0.1.0
 */
import * as Crypto from "node:crypto"
import { concat, view } from "../wire/Bytes.ts"
import type { AeadAlgorithm, Authentication } from "../wire/CipherSuite.ts"
import type { GroupName, SignatureScheme } from "../wire/Groups.ts"
import type { Aead, CryptoProvider, KeyShare, PrivateKey, PublicKey, Random } from "./CryptoProvider.ts"

const TAG_LENGTH = 16

/** A plain array, so that no pool of Node's is shared with whoever gets it. */
const plain = (buffer: Buffer): Uint8Array => view(buffer, 0, buffer.length)

const aead = (algorithm: AeadAlgorithm, rawKey: Uint8Array): Aead => {
  const key = Crypto.createSecretKey(rawKey)
  const options = { authTagLength: TAG_LENGTH }
  // the two algorithms have separate signatures in Node's types
  const cipher = (nonce: Uint8Array) =>
    algorithm === "chacha20-poly1305"
      ? Crypto.createCipheriv(algorithm, key, nonce, options)
      : Crypto.createCipheriv(algorithm, key, nonce, options)
  const decipher = (nonce: Uint8Array) =>
    algorithm === "chacha20-poly1305"
      ? Crypto.createDecipheriv(algorithm, key, nonce, options)
      : Crypto.createDecipheriv(algorithm, key, nonce, options)
  return {
    seal: (nonce, additionalData, plaintext) => {
      const c = cipher(nonce)
      c.setAAD(additionalData, { plaintextLength: plaintext.length })
      const body = c.update(plaintext)
      c.final()
      return concat(body, c.getAuthTag())
    },
    open: (nonce, additionalData, sealed) => {
      const length = sealed.length - TAG_LENGTH
      const d = decipher(nonce)
      d.setAuthTag(view(sealed, length, TAG_LENGTH))
      d.setAAD(additionalData, { plaintextLength: length })
      const plaintext = d.update(view(sealed, 0, length))
      try {
        d.final()
      } catch {
        // the tag does not fit
        return undefined
      }
      return plain(plaintext)
    }
  }
}

/** PKCS #8 and SubjectPublicKeyInfo around the 32 bytes of an X25519 key (RFC 8410 sections 4 and 7). */
const X25519_PRIVATE = Buffer.from("302e020100300506032b656e04220420", "hex")
const X25519_PUBLIC = Buffer.from("302a300506032b656e032100", "hex")

const x25519Public = (key: Uint8Array): Crypto.KeyObject =>
  Crypto.createPublicKey({ key: Buffer.concat([X25519_PUBLIC, key]), format: "der", type: "spki" })

const x25519 = (random: Random): KeyShare => {
  const der = Buffer.concat([X25519_PRIVATE, random(32)])
  const privateKey = Crypto.createPrivateKey({ key: der, format: "der", type: "pkcs8" })
  der.fill(0)
  const exported = Crypto.createPublicKey(privateKey).export({ format: "der", type: "spki" })
  return {
    publicKey: plain(exported.subarray(X25519_PUBLIC.length)),
    agree: (publicKey) => {
      if (publicKey.length !== 32) return undefined
      try {
        const secret = Crypto.diffieHellman({ privateKey, publicKey: x25519Public(publicKey) })
        // RFC 7748 section 6.1: a point of small order gives zeros whatever the private key
        return secret.every((byte) => byte === 0) ? undefined : plain(secret)
      } catch {
        return undefined
      }
    }
  }
}

const curves = {
  secp256r1: { name: "prime256v1", size: 32 },
  secp384r1: { name: "secp384r1", size: 48 }
} as const

/** One number in 2^32 is above the order of P-256, one in 2^190 above that of P-384. */
const DRAWS = 16

const setPrivateKey = (key: Crypto.ECDH, size: number, random: Random): void => {
  for (let draw = 0; draw < DRAWS; draw++) {
    try {
      return key.setPrivateKey(random(size))
    } catch {
      // drawn again
    }
  }
  throw new Error("the source of randomness is broken")
}

const ecdh = (group: "secp256r1" | "secp384r1", random: Random): KeyShare => {
  const { name, size } = curves[group]
  const key = Crypto.createECDH(name)
  setPrivateKey(key, size, random)
  return {
    publicKey: plain(key.getPublicKey(null, "uncompressed")),
    agree: (publicKey) => {
      // RFC 8422 section 5.4: uncompressed points only
      if (publicKey.length !== 1 + 2 * size || publicKey[0] !== 4) return undefined
      try {
        // OpenSSL refuses what is not on the curve
        return plain(key.computeSecret(publicKey))
      } catch {
        return undefined
      }
    }
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const nodeCrypto: CryptoProvider = {
  hash: (algorithm, ...parts) => {
    const hash = Crypto.createHash(algorithm)
    for (const part of parts) hash.update(part)
    return plain(hash.digest())
  },
  hmac: (algorithm, rawKey) => {
    const key = Crypto.createSecretKey(rawKey)
    return (...parts) => {
      const hmac = Crypto.createHmac(algorithm, key)
      for (const part of parts) hmac.update(part)
      return plain(hmac.digest())
    }
  },
  aead,
  keyShare: (group, random) => group === "x25519" ? x25519(random) : ecdh(group, random),
  equal: (a, b) => a.length === b.length && Crypto.timingSafeEqual(a, b)
}

/**
 * The platform's source of randomness.
 *
 * @since 0.1.0
 * @category randomness
 */
export const secureRandom: Random = (length) => {
  const bytes = new Uint8Array(length)
  Crypto.randomFillSync(bytes)
  return bytes
}

/** `undefined` for keys that no suite of ours can use. */
const authenticationOf = (key: Crypto.KeyObject): Authentication | undefined => {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return "RSA"
    case "ec":
      return "ECDSA"
    default:
      return undefined
  }
}

const groupOf = (key: Crypto.KeyObject): GroupName | undefined => {
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case "prime256v1":
      return "secp256r1"
    case "secp384r1":
      return "secp384r1"
    default:
      return undefined
  }
}

/**
 * A key for ECDSA or RSA signatures; `undefined` for other kinds.
 *
 * @since 0.1.0
 * @category constructors
 */
export const nodePrivateKey = (key: Crypto.KeyObject): PrivateKey | undefined => {
  const authentication = authenticationOf(key)
  if (authentication === undefined) return undefined
  return {
    authentication,
    group: groupOf(key),
    sign: (scheme, bytes) => plain(Crypto.sign(scheme.hash, bytes, key))
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const nodePublicKey = (key: Crypto.KeyObject): PublicKey | undefined => {
  const authentication = authenticationOf(key)
  if (authentication === undefined) return undefined
  return {
    authentication,
    verify: (scheme: SignatureScheme, bytes, signature) => {
      try {
        return scheme.authentication === authentication && Crypto.verify(scheme.hash, bytes, key, signature)
      } catch {
        return false
      }
    }
  }
}
