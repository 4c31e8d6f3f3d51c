import { StudioError } from '../../src/contract/errors'

export interface LaunchOptions {
  /** Workspace folder given on the command line; null leaves it to the environment. */
  readonly workspace: string | null
}

/** Reads our own options and leaves Chromium's alone. */
export function parseLaunchOptions(argv: readonly string[]): LaunchOptions {
  const inline = argv.find((argument) => argument.startsWith('--workspace='))
  if (inline !== undefined) return { workspace: requireFolder(inline.slice('--workspace='.length)) }
  const at = argv.indexOf('--workspace')
  return { workspace: at === -1 ? null : requireFolder(argv[at + 1]) }
}

function requireFolder(value: string | undefined): string {
  if (value === undefined || value === '' || value.startsWith('--'))
    throw new StudioError('BAD_INPUT', '--workspace needs a folder, such as --workspace ~/my-runs.')
  return value
}
