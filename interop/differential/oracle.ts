/**
 * The oracle process: commands go in bulk, answers come back in the same order.
 */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const inInterop = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))

/** Builds the oracle; fails with the compiler's or the script's own words. */
export const build = (): void => {
  try {
    execFileSync(inInterop("build.sh"), { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" })
  } catch (error) {
    const { message, stderr } = error as { readonly message: string; readonly stderr?: string }
    throw new Error(`the oracle cannot be built: ${stderr?.trim() || message}`, { cause: error })
  }
}

/** The lines that answer one command. */
export type Answer = ReadonlyArray<string>

interface Question {
  readonly answers: Array<Answer>
  readonly expected: number
  readonly resolve: (answers: ReadonlyArray<Answer>) => void
  readonly reject: (error: Error) => void
}

export class Oracle {
  private readonly process: ChildProcessWithoutNullStreams
  private readonly questions: Array<Question> = []
  private lines: Array<string> = []
  private rest = ""
  private complaints = ""
  private failure: Error | undefined

  constructor() {
    this.process = spawn(inInterop("build/oracle"), { stdio: "pipe" })
    this.process.stdout.setEncoding("latin1").on("data", (text: string) => this.read(text))
    this.process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.complaints += text
    })
    this.process.stdin.on("error", () => {})
    this.process.on("error", (error) => this.fail(error))
    this.process.on("close", (code, signal) => {
      this.fail(new Error(`the oracle ended with ${signal ?? code}: ${[...this.lines, this.complaints].join(" ")}`))
    })
  }

  ask(commands: ReadonlyArray<string>): Promise<ReadonlyArray<Answer>> {
    if (this.failure !== undefined) return Promise.reject(this.failure)
    return new Promise((resolve, reject) => {
      this.questions.push({ answers: [], expected: commands.length, resolve, reject })
      this.process.stdin.write(commands.join("\n") + "\n")
    })
  }

  end(): void {
    this.failure ??= new Error("the oracle was ended")
    this.process.stdin.end()
  }

  private read(text: string): void {
    const lines = (this.rest + text).split("\n")
    this.rest = lines.pop()!
    for (const line of lines) {
      if (line === ".") this.finish()
      else this.lines.push(line)
    }
  }

  private finish(): void {
    const question = this.questions[0]
    if (question === undefined) return
    question.answers.push(this.lines)
    this.lines = []
    if (question.answers.length === question.expected) {
      this.questions.shift()
      question.resolve(question.answers)
    }
  }

  private fail(error: Error): void {
    this.failure ??= error
    for (const question of this.questions.splice(0)) question.reject(this.failure)
  }
}
