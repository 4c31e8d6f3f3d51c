import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { BUNDLE_ENDING } from '../../src/contract/bundles'
import type { OpenedBundle } from '../../src/contract/native'
import type { Logger } from '../../src/util/logger'

const ENDING = `.${BUNDLE_ENDING}`
const endsAsBundle = (path: string): boolean => path.toLowerCase().endsWith(ENDING)

/**
 * The bundles among the arguments of a process, as whole paths. What begins with a dash is a switch wherever it stands, what follows `--workspace`
 * is a folder, and what has not the ending of bundles is not for us.
 */
export function bundleArguments(argv: readonly string[], workingDirectory: string): string[] {
  return argv
    .slice(1)
    .filter((argument, index) => !argument.startsWith('-') && argv[index] !== '--workspace' && endsAsBundle(argument))
    .map((argument) => resolve(workingDirectory, argument))
}

/** Looks at a path that came from outside. Whether the file is a bundle is found out by the engine, which reads it. */
export function openedBundle(file: string): OpenedBundle {
  return { file, problem: problemOf(file) }
}

function problemOf(file: string): string | null {
  const name = basename(file)
  if (!endsAsBundle(file)) return `${name} is not opened: a bundle ends in ${ENDING}. Choose such a file.`
  try {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found === undefined) return `${file} is not there (any more). Look where it was moved to.`
    return found.isFile() ? null : `${name} is no file. Choose a bundle: a ${ENDING} file that FracBits Studio has written.`
  } catch (error) {
    return `${file} can't be opened (${error instanceof Error ? error.message : String(error)}). Choose a file that you may read.`
  }
}

/** Bundles that the system had the application open, kept until the page is there to show them. */
export class OpenedBundles {
  private waiting: OpenedBundle[] = []
  private tell: () => void = () => undefined

  constructor(private readonly logger: Logger) {}

  onAdded(tell: () => void): void {
    this.tell = tell
  }

  add(files: readonly string[]): void {
    const found = files.map(openedBundle)
    for (const { file, problem } of found) this.logger.info('bundle opened', { file, problem })
    this.waiting.push(...found)
    if (found.length > 0) this.tell()
  }

  take(): readonly OpenedBundle[] {
    const taken = this.waiting
    this.waiting = []
    return taken
  }
}
