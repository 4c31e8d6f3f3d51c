import { z } from 'zod'
import { ErrorShape } from '../../src/contract/errors'
import { RuntimeRef } from '../../src/contract/runtimes'

/** What main tells the engine process. `serve` and `trainer-port` carry one MessagePort. */
export const MainToEngine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('open'), workspace: z.string(), appVersion: z.string(), configsDir: z.string() }),
  z.object({ type: z.literal('serve') }),
  z.object({ type: z.literal('trainer-port'), trainerId: z.int(), pid: z.int().nullable() }),
  z.object({ type: z.literal('trainer-exited'), trainerId: z.int(), code: z.int().nullable(), tail: z.string() }),
  /** Stop trainers after their step, close the store, exit. */
  z.object({ type: z.literal('shutdown') }),
])
export type MainToEngine = z.infer<typeof MainToEngine>

/** Which process is wanted: for a run, a look at a runtime, or one job. */
const TrainerRequest = z.object({
  runId: z.string().regex(/^[0-9a-z]{1,32}$/),
  mode: z.enum(['run', 'probe', 'job', 'verify']),
  /** The runtime that it loads; null: the built-in one. */
  runtime: RuntimeRef.nullable(),
})
export type TrainerRequest = z.infer<typeof TrainerRequest>

/** What the engine process tells main. */
export const EngineToMain = z.discriminatedUnion('type', [
  /** The workspace is open; `attached` when another process (a running command, say) owns it. Sent again when that changes. */
  z.object({ type: z.literal('ready'), mode: z.enum(['owner', 'attached']) }),
  /** The workspace can't be opened, and another try would end the same way. */
  z.object({ type: z.literal('failed'), error: ErrorShape }),
  z.object({ type: z.literal('start-trainer'), trainerId: z.int(), ...TrainerRequest.shape }),
  z.object({ type: z.literal('kill-trainer'), trainerId: z.int() }),
])
export type EngineToMain = z.infer<typeof EngineToMain>
