import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { keepCompilations } from './compilation-cache'

const FLAG = '--tf_xla_persistent_cache_directory='
const folder = mkdtempSync(join(tmpdir(), 'fracbits-cache-'))
afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

const kept = (library: string, flags?: string, cache = folder): string | undefined => {
  const env: NodeJS.ProcessEnv = { FRACBITS_CACHE: cache, ...(flags === undefined ? {} : { TF_XLA_FLAGS: flags }) }
  keepCompilations(library, env)
  return env['TF_XLA_FLAGS']
}

describe('compiled functions on disk', () => {
  it('have a folder of their own for each library', () => {
    const [one, other] = [kept('/a'), kept('/b')]
    expect(one?.startsWith(FLAG + folder)).toBe(true)
    expect(existsSync((one ?? '').slice(FLAG.length))).toBe(true)
    expect(other).not.toBe(one)
  })

  it('leave flags alone that were given', () => {
    expect(kept('/a', `${FLAG}/mine`)).toBe(`${FLAG}/mine`)
    expect(kept('/a', '--other=1')?.startsWith(`--other=1 ${FLAG}${folder}`)).toBe(true)
  })

  it('are not kept where nothing can be written', () => {
    writeFileSync(folder, '')
    expect(kept('/a')).toBeUndefined()
  })
})
