/** What came of one case. */
export interface Outcome {
  readonly name: string
  /** `undefined` when it passed. */
  readonly failure: string | undefined
}
