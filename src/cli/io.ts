/** Where a command writes; tests hand in their own. */
export interface TextSink {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

export interface Io {
  /** Results: what a script wants to read. */
  readonly out: TextSink
  /** Words for the person. */
  readonly err: TextSink
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

export const processIo = (): Io => ({ out: process.stdout, err: process.stderr, env: process.env, cwd: process.cwd() })
