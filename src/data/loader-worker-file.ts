import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StudioError } from '../contract/errors'

export const loaderWorkerFile = (moduleUrl: string = import.meta.url): string => builtWorkerFile('loader-worker', moduleUrl)

/**
 * A bundled worker script. In a build it lies beside the entries (this module may have landed in a chunk one folder below);
 * when the TypeScript sources run under vitest, its global set-up has built one into `out/test`.
 */
export function builtWorkerFile(name: 'loader-worker' | 'image-worker', moduleUrl: string = import.meta.url): string {
  const module = fileURLToPath(moduleUrl)
  const folder = dirname(module)
  const candidates = module.endsWith('.ts')
    ? [join(folder, `../../out/test/${name}.js`)]
    : [join(folder, `${name}.js`), join(folder, `../${name}.js`)]
  const found = candidates.find((file) => existsSync(file))
  if (found === undefined)
    throw new StudioError(
      'RUNTIME_MISSING',
      `The program file ${name}.js is missing (looked for ${candidates.join(' and ')}). Install or build the application again, or use 0 data workers.`,
    )
  return found
}
