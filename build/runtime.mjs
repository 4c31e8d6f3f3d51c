import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { execFile } from 'node:child_process'

const NOTICES = 'THIRD_PARTY_NOTICES.txt'

/**
 * libtensorflow as it is given away: without the symbols that only a debugger reads, which are a quarter of it, and with the notices of its licences.
 * Made anew only when the libraries have changed. Resolves with its folder.
 */
export async function prepareRuntime({ from, libraries, to }) {
  const names = [...libraries, NOTICES]
  const missing = names.find((name) => !existsSync(join(from, name)))
  if (missing)
    throw new Error(`${missing} is not in ${from}, and a package must have it; unset FRACBITS_TF_DIR if it is set, and run "npm run setup".`)
  const stamp = names.map((name) => `${name} ${statSync(join(from, name)).size} ${statSync(join(from, name)).mtimeMs}`).join('\n')
  const stampFile = `${to}.stamp`
  if (existsSync(to) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return to
  const part = `${to}.part`
  rmSync(part, { recursive: true, force: true })
  rmSync(to, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  await Promise.all(libraries.map((name) => promisify(execFile)('strip', ['--strip-unneeded', '-o', join(part, name), join(from, name)])))
  copyFileSync(join(from, NOTICES), join(part, NOTICES))
  renameSync(part, to)
  writeFileSync(stampFile, stamp)
  return to
}
