/** The part of Electron's UtilityProcess that supervision needs; `Port` is MessagePortMain, or a stand-in in tests. */
export interface Child<Port> {
  readonly pid: number | undefined
  readonly stderr: NodeJS.ReadableStream | null
  readonly stdout: NodeJS.ReadableStream | null
  postMessage(message: unknown, transfer?: Port[]): void
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
  on(event: 'spawn', listener: () => void): unknown
}

/** Ends a process that does not answer; one that is already gone is left alone. */
export function killByPid(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
