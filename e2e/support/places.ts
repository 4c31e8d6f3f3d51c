import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** Chromium refuses its own sandbox when root starts it. */
export const sandboxArguments: readonly string[] = process.getuid?.() === 0 ? ['--no-sandbox'] : []

export function chromiumExecutable(): string {
  const path = process.env.FRACBITS_CHROMIUM ?? '/usr/bin/chromium'
  if (!existsSync(path)) throw new Error(`Chromium is not at ${path}. "npm test" sets it up and says where it is.`)
  return path
}

/** A workspace of its own for one scenario. */
export async function freshWorkspace(): Promise<{ workspace: string; remove(): Promise<void> }> {
  const workspace = await mkdtemp(join(tmpdir(), 'fracbits-e2e-'))
  return { workspace, remove: () => rm(workspace, { recursive: true, force: true, maxRetries: 3 }) }
}
