import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDir } from '../util/temp-dir'
import { commandLineOf, quoteArgument } from './command-line'
import { exitReason } from './exit-reason'
import { nearestName } from '../config/nearest-name'
import { readPresets } from './presets'

let temp: ReturnType<typeof makeTempDir>
beforeEach(() => {
  temp = makeTempDir()
})
afterEach(() => temp.remove())

describe('presets', () => {
  it('take title and description from the comments at the top', async () => {
    writeFileSync(join(temp.path, 'b.json'), '// Title: A demo\n// It trains\n//   a network.\n{ // not this\n}')
    writeFileSync(join(temp.path, 'a.json'), '{}')
    writeFileSync(join(temp.path, 'notes.md'), 'no')
    mkdirSync(join(temp.path, 'hardware'))
    const presets = await readPresets(temp.path)
    expect(presets.map(({ name, title, description }) => [name, title, description])).toEqual([
      ['a', 'a', ''],
      ['b', 'A demo', 'It trains a network.'],
    ])
  })
})

describe('command line', () => {
  it('repeats a run, whatever its folders are named', () => {
    const run = { folder: "/home/ada/it's here", workers: 2, dataDir: '/data' }
    expect(commandLineOf(run, 'npm start --', 'linux')).toBe(`npm start -- train -c '/home/ada/it'\\''s here/config.json' -j 2 --data /data`)
    expect(quoteArgument('C:\\My Data', 'win32')).toBe('"C:\\My Data"')
    expect(quoteArgument('$(rm x)', 'linux')).toBe("'$(rm x)'")
  })
})

describe('exit reason', () => {
  it('tells a kill, a crash, an end from outside and an exit code apart', () => {
    const reason = (code: number | null, signal: string | null, tail = ''): string => exitReason({ code, signal, tail })
    expect(reason(null, 'SIGKILL')).toContain('memory ran out')
    expect(reason(137, null)).toContain('memory ran out')
    expect(reason(null, 'SIGSEGV')).toContain('crashed in native code (SIGSEGV)')
    expect(reason(null, 'SIGTERM')).toContain('ended from outside')
    expect(reason(3, null, 'one\nwhat happened\n')).toMatch(/exit code 3\..*what happened$/)
    expect(reason(0, null)).toContain('without finishing')
  })
})

describe('nearest name', () => {
  it('forgives case, punctuation and a slip, and does not guess wildly', () => {
    const known = ['base_lr', 'weight_decay', 'schedule_type']
    expect(nearestName('baseLR', known)).toBe('base_lr')
    expect(nearestName('wieght_decay', known)).toBe('weight_decay')
    expect(nearestName('colour', known)).toBeNull()
  })
})
