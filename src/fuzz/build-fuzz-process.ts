import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'

/** Bundles `fuzz-process.ts`, since a process can't be started on TypeScript, into `out/test`. Resolves with the file. */
export async function buildFuzzProcess(root: string): Promise<string> {
  const result = await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { ssr: join(root, 'src/fuzz/fuzz-process.ts'), write: false, rollupOptions: { output: { format: 'es', codeSplitting: false } } },
  })
  const chunk = 'output' in result ? result.output[0] : undefined
  if (chunk === undefined) throw new Error('vite built no fuzz process')
  await mkdir(join(root, 'out/test'), { recursive: true })
  const file = join(root, `out/test/fuzz-process-${process.pid}.js`)
  await writeFile(file, chunk.code)
  return file
}
