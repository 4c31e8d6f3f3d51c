import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { RuntimeKind, RuntimeName } from '../../contract/runtimes'

/** A name inside a wheel: relative, with no way out of the folder that it is unpacked into. */
const Inside = z.string().regex(/^(?!.*(^|\/)\.{1,2}(\/|$))[\w.+-]+(\/[\w.+-]+)*$/)

/** A published Python wheel, pinned: a file that differs in one byte is refused. */
export const Wheel = z.strictObject({
  /** Name of the project in the package index. */
  project: z.string().regex(/^[a-z0-9-]+$/),
  file: z.string().regex(/^[\w.+-]+\.whl$/),
  bytes: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Files of it that are unpacked, under their own names. */
  take: z.array(Inside).min(1),
})
export type Wheel = z.infer<typeof Wheel>

/** Content of a file in `configs/runtimes`: what a runtime is made of, and what it needs of the machine. */
export const RuntimeManifest = z.strictObject({
  name: RuntimeName,
  title: z.string(),
  description: z.string(),
  kind: RuntimeKind,
  tensorflow: z.string(),
  /** `process.platform` and `process.arch`, such as `linux-x64`. */
  platform: z.string(),
  unpacked_bytes: z.int().positive(),
  /** Oldest NVIDIA driver that its CUDA runs with. */
  driver: z.string().optional(),
  /** Compute capabilities of the cards that it holds machine code for. */
  compute_capabilities: z.array(z.string()).optional(),
  /** From this capability on the driver compiles its kernels when they are first used. */
  compiled_from: z.string().optional(),
  wheels: z.array(Wheel).min(1),
})
export type RuntimeManifest = z.infer<typeof RuntimeManifest>

const FOLDER = 'runtimes'
export const thisPlatform = (): string => `${process.platform}-${process.arch}`
export const downloadBytes = ({ wheels }: Pick<RuntimeManifest, 'wheels'>): number => wheels.reduce((sum, { bytes }) => sum + bytes, 0)

/** Newest last: by version, as numbers. */
export const byVersion = (a: Pick<RuntimeManifest, 'name'>, b: Pick<RuntimeManifest, 'name'>): number =>
  a.name.localeCompare(b.name, 'en', { numeric: true })

/** The runtimes that are pinned for this platform, in order of their versions. Rejects where a shipped file is damaged. */
export async function readCatalogue(configsDir: string, platform: string = thisPlatform()): Promise<RuntimeManifest[]> {
  const folder = join(configsDir, FOLDER)
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.json'))
  const all = await Promise.all(files.map(async (file) => RuntimeManifest.parse(JSON.parse(await readFile(join(folder, file), 'utf8')))))
  return all.filter((one) => one.platform === platform).sort(byVersion)
}
