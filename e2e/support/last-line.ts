import { startCli } from './run-cli'

export interface Told {
  readonly code: number | null
  /** The last line of JSON. */
  readonly last: unknown
  readonly stderr: string
}

/** Runs the built command on a workspace, with the images of the demo at `demoData`. */
export async function runForLastLine(workspace: string, demoData: string, args: readonly string[]): Promise<Told> {
  const { code, stdout, stderr } = await startCli([...args, '--json', '--workspace', workspace], { FRACBITS_DEMO_DATA: demoData }).ended
  return { code, last: JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null'), stderr }
}
