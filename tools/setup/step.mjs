import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fingerprint } from './checksum.mjs'

/**
 * Runs one step of set-up unless its product is there already.
 * A stamp beside the product holds the fingerprint of what the product was made from; it is written last, so an interrupted step runs again.
 * A product without a stamp (made by other means) is taken over when `adopt` finds it sound.
 * @returns a word for the step's line, or undefined when there was nothing to do
 */
export async function runStep({ stampFile, inputs, exists, adopt, make }) {
  const wanted = fingerprint(inputs)
  const present = exists()
  if (present && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return undefined
  let outcome
  if (present && !existsSync(stampFile) && adopt && (await adopt())) outcome = 'found'
  else outcome = (await make()) ?? 'done'
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, wanted)
  return outcome
}

/** Fills a folder under a temporary name and gives it its own name only when it is complete. */
export async function fillFolder(folder, fill) {
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  await fill(part)
  rmSync(folder, { recursive: true, force: true })
  renameSync(part, folder)
}

export const stampIn = (folder, name) => join(folder, `.fracbits-${name}.stamp`)
