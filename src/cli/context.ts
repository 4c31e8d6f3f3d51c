import type { TrainerHost } from '../contract/trainer-channel'
import type { EngineClient } from '../contract/engine-client'
import type { Logger } from '../util/logger'
import type { WorkspaceConnection } from '../engine/types'
import type { WorkspaceKeeper } from '../engine/workspace-keeper'
import type { ExitCode } from './exit-codes'
import type { Io } from './io'

/** An engine to talk to: this process's own, or that of the program that has the workspace open. */
export interface Session {
  readonly client: EngineClient
  readonly mode: WorkspaceConnection['mode']
  readonly workspace: string
  close(): Promise<void>
}

export interface SessionOptions {
  /** `--workspace`; null takes the environment's or the per-user folder. */
  readonly workspace: string | null
}

/** What commands are built on; made once in the entry file. */
export interface CliContext {
  readonly io: Io
  readonly version: string
  /** How this command is started again: program and first arguments. */
  readonly self: readonly [program: string, ...args: string[]]
  openSession(options: SessionOptions): Promise<Session>
  /** Keeps the workspace open for `serve`; `failed` rejects when it can't be opened again. */
  keepWorkspace(options: SessionOptions): { keeper: WorkspaceKeeper; workspace: string; logger: Logger; failed: Promise<never> }
  /** Starts trainers of its own, without an engine. */
  createTrainerHost(logger: Logger): TrainerHost
  /** Folder with the shipped configurations and hardware tables. */
  readonly configsDir: string
  /** Folder with the built page, for `serve`. */
  readonly pageDir: string
  /** Calls the listener on every Ctrl-C or termination request until the returned function is called. */
  onInterrupt(listener: () => void): () => void
  setExitCode(code: ExitCode): void
}

/** Options every command has. */
export interface CommonOptions {
  readonly workspace?: string
  readonly json?: boolean
}
