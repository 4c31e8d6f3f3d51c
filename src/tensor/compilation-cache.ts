import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { cacheFolder, thisMachine } from '../util/paths'

const FLAG = '--tf_xla_persistent_cache_directory'

/**
 * Has TensorFlow keep what it compiles on disk, so that the next process loads it: to be called before the library is. The folder belongs to one
 * library and one kind of processor, since compiled code does not run with others. Flags that the person has set stay; a cache among them is taken
 * instead.
 */
export function keepCompilations(library: string, env: NodeJS.ProcessEnv = process.env): void {
  const given = env['TF_XLA_FLAGS'] ?? ''
  if (given.includes(FLAG)) return
  const kind = createHash('sha256').update([library, process.arch, cpus()[0]?.model ?? ''].join('\n')).digest('hex').slice(0, 12)
  const folder = join(cacheFolder({ ...thisMachine(), env }), 'compiled', kind)
  try {
    mkdirSync(folder, { recursive: true })
  } catch {
    // Without a folder to write to everything is compiled each time, which is slower and no more.
    return
  }
  env['TF_XLA_FLAGS'] = `${given} ${FLAG}=${folder}`.trim()
}
