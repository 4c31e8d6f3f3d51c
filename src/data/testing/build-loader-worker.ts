import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'

/** Vitest's global set-up: bundles the workers, because a thread cannot be started on TypeScript. Read by `builtWorkerFile`. */
export async function setup(): Promise<void> {
  await bundle('loader-worker', 'src/data/loader-worker.ts')
  await bundle('image-worker', 'src/data/browse/image-worker.ts')
}

async function bundle(name: string, entry: string): Promise<void> {
  const root = join(import.meta.dirname, '../../..')
  const result = await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { ssr: join(root, entry), write: false, rollupOptions: { output: { format: 'es' } } },
  })
  const chunk = 'output' in result ? result.output[0] : undefined
  if (chunk === undefined) throw new Error(`vite built no ${name}`)
  const folder = join(root, 'out/test')
  await mkdir(folder, { recursive: true })
  // Other test runs may be starting threads from the file: replace it in one go.
  const part = join(folder, `${name}.js.${process.pid}`)
  await writeFile(part, chunk.code)
  await rename(part, join(folder, `${name}.js`))
}
