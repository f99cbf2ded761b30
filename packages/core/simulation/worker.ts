/** A thread that does one job after the other. */
import { parentPort } from "node:worker_threads"
import { type Job, perform } from "./Job.ts"

parentPort?.on("message", (job: Job) => parentPort?.postMessage(perform(job)))
