import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'
import { root } from './places'

/** Bundles a TypeScript entry of the repository, since a process can't be started on TypeScript. Resolves with the file. */
export async function bundleProcess(entry: string, name: string): Promise<string> {
  const result = await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { ssr: join(root, entry), write: false, rollupOptions: { output: { format: 'es', codeSplitting: false } } },
  })
  const chunk = 'output' in result ? result.output[0] : undefined
  if (chunk === undefined) throw new Error(`vite built nothing from ${entry}`)
  await mkdir(join(root, 'out/test'), { recursive: true })
  const file = join(root, `out/test/${name}.js`)
  await writeFile(file, chunk.code)
  return file
}
