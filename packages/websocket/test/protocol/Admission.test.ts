import { assert, describe, it } from "@effect/vitest"
import { Admission } from "../../src/protocol/index.ts"

const limits: Admission.AdmissionLimits = {
  handshakeTimeout: 3000,
  pendingLimit: 3,
  maxPeers: 2,
  supportedProtocols: []
}

const run = (
  state: Admission.Admission,
  inputs: ReadonlyArray<Admission.AdmissionInput>,
  changes: Partial<Admission.AdmissionLimits> = {}
) => {
  let current = state
  const outputs: Array<Admission.AdmissionOutput> = []
  for (const input of inputs) {
    const [next, out] = Admission.step(current, { ...limits, ...changes }, input)
    current = next
    outputs.push(...out)
  }
  return { state: current, outputs }
}

const accepted = (key: number, now = 0): Admission.AdmissionInput => ({ _tag: "Accepted", key, now })
const requested = (
  key: number,
  changes: Partial<Extract<Admission.AdmissionInput, { readonly _tag: "Requested" }>> = {}
): Admission.AdmissionInput => ({ _tag: "Requested", key, isWellFormed: true, protocols: [], peers: 0, ...changes })

describe("handshakes", () => {
  it("W2 one that is not complete in time is dropped; the timeout is read when time passes", () => {
    const { state } = run(Admission.make(false), [accepted(1, 1000), accepted(2, 2000)])
    assert.strictEqual(Admission.deadline(state, limits), 4000)
    assert.deepStrictEqual(run(state, [{ _tag: "Passed", now: 3999 }]).outputs, [])
    const late = run(state, [{ _tag: "Passed", now: 4000 }])
    assert.deepStrictEqual(late.outputs, [{ _tag: "Drop", key: 1, refusal: "HandshakeTimeout" }])
    assert.strictEqual(Admission.deadline(late.state, limits), 5000)
    assert.deepStrictEqual(run(state, [{ _tag: "Passed", now: 4000 }], { handshakeTimeout: 9000 }).outputs, [])
  })

  it("of too many the oldest is dropped, so a newcomer always has a turn", () => {
    const { outputs, state } = run(Admission.make(false), [1, 2, 3, 4].map((key) => accepted(key)))
    assert.deepStrictEqual(outputs.slice(-2), [
      { _tag: "Drop", key: 1, refusal: "TooManyPending" },
      { _tag: "Attend", key: 4 }
    ])
    assert.deepStrictEqual(run(state, [requested(1)]).outputs, [], "too late")
    assert.deepStrictEqual(run(state, [requested(4)]).outputs, [{ _tag: "Upgrade", key: 4, protocol: undefined }])
  })

  it("one that is complete, or gone, leaves the others waiting", () => {
    const { state } = run(Admission.make(false), [accepted(1), accepted(2, 10), accepted(3, 20)])
    const rest = run(state, [requested(2), { _tag: "Gone", key: 1 }]).state
    assert.deepStrictEqual(rest.pending, [{ key: 3, since: 20 }])
  })

  it("a malformed request is denied with 400, one too many for the server with 503", () => {
    const { state } = run(Admission.make(false), [accepted(1)])
    assert.deepStrictEqual(run(state, [requested(1, { isWellFormed: false })]).outputs, [
      { _tag: "Deny", key: 1, status: 400, refusal: "MalformedRequest" }
    ])
    assert.deepStrictEqual(run(state, [requested(1, { peers: 2 })]).outputs, [
      { _tag: "Deny", key: 1, status: 503, refusal: "ServerFull" }
    ])
  })
})

describe("sub-protocols", () => {
  const cases: ReadonlyArray<
    readonly [asks: ReadonlyArray<string>, supports: ReadonlyArray<string>, result: string | undefined | false]
  > = [
    [[], [], undefined],
    [[], ["a"], false],
    [["a"], [], false],
    [["a"], ["b"], false],
    [["a"], ["A"], false],
    [["a", "b", "c"], ["c", "b"], "b"]
  ]
  for (const [asks, supports, result] of cases) {
    it(`W6 a client that asks for [${asks.join()}] of a server with [${supports.join()}] gets ${String(result)}`, () => {
      const { state } = run(Admission.make(false), [accepted(1)])
      const { outputs } = run(state, [requested(1, { protocols: asks })], { supportedProtocols: supports })
      assert.deepStrictEqual(
        outputs,
        result === false
          ? [{ _tag: "Deny", key: 1, status: 400, refusal: "NoCommonProtocol" }]
          : [{ _tag: "Upgrade", key: 1, protocol: result }]
      )
    })
  }
})

describe("refusing", () => {
  const refuse = (refuse: boolean, now = 0): Admission.AdmissionInput => ({ _tag: "Refuse", refuse, now })

  it("W17 eight newcomers are held without a word, more are dropped, and the eight have their turn later", () => {
    const keys = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    const { outputs, state } = run(Admission.make(true), keys.map((key) => accepted(key)))
    assert.deepStrictEqual(outputs, [{ _tag: "Drop", key: 9, refusal: "Refusing" }])
    assert.strictEqual(Admission.deadline(state, limits), undefined, "they are not timed")
    const later = run(state, [{ _tag: "Gone", key: 3 }, refuse(false, 5000)])
    assert.deepStrictEqual(later.outputs.map(({ key }) => key), [1, 2, 4, 5, 6, 7, 8])
    assert.strictEqual(Admission.deadline(later.state, limits), 8000)
  })

  it("W17 one whose handshake has begun gets no upgrade while the server refuses", () => {
    const { outputs } = run(Admission.make(false), [accepted(1), refuse(true), requested(1)])
    assert.deepStrictEqual(outputs.at(-1), { _tag: "Deny", key: 1, status: 503, refusal: "Refusing" })
  })
})
