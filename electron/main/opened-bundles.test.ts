import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/util/logger'
import { bundleArguments, openedBundle, OpenedBundles } from './opened-bundles'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'opened-'))
  writeFileSync(join(folder, 'runs.fracbits'), 'x')
  mkdirSync(join(folder, 'folder.fracbits'))
  symlinkSync(join(folder, 'runs.fracbits'), join(folder, 'link.fracbits'))
  symlinkSync('/dev/zero', join(folder, 'device.fracbits'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the bundles among arguments', () => {
  it.each([
    [['app', '/home/ada/a.fracbits'], ['/home/ada/a.fracbits']],
    [
      ['electron', '--no-sandbox', '.', 'a.fracbits', '../b.FracBits'],
      ['/home/ada/a.fracbits', '/home/b.FracBits'],
    ],
    [['app', '--workspace', '/data/ws.fracbits', 'a b.fracbits'], ['/home/ada/a b.fracbits']],
    [['app', '--workspace=/data/ws.fracbits'], []],
    [['app', '--x.fracbits', '-x.fracbits', '--', '--y.fracbits'], []],
    [['/opt/app.fracbits'], []],
    [['app', 'a.zip', 'a.fracbits.exe', 'fracbits', 'file:///a.fracbits/x'], []],
  ])('of %j are %j', (argv, found) => {
    expect(bundleArguments(argv, '/home/ada')).toEqual(found)
  })
})

describe('a path that was opened', () => {
  it.each(['runs.fracbits', 'link.fracbits'])('%s is taken', (name) => {
    expect(openedBundle(join(folder, name))).toEqual({ file: join(folder, name), problem: null })
  })

  it.each([
    ['none.fracbits', 'not there'],
    ['folder.fracbits', 'no file'],
    ['device.fracbits', 'no file'],
    ['runs.fracbits/x.fracbits', 'may read'],
    ['runs.zip', 'ends in .fracbits'],
  ])('%s is refused with a sentence', (name, why) => {
    expect(openedBundle(join(folder, name)).problem).toContain(why)
  })

  it('is kept until it is taken, once', () => {
    const told: string[] = []
    const bundles = new OpenedBundles(silentLogger)
    bundles.add([join(folder, 'runs.fracbits')])
    bundles.onAdded(() => told.push('added'))
    bundles.add([])
    expect(told).toEqual([])
    bundles.add([join(folder, 'link.fracbits')])
    expect(told).toEqual(['added'])
    expect(bundles.take().map(({ file }) => file)).toEqual(['runs', 'link'].map((name) => join(folder, `${name}.fracbits`)))
    expect(bundles.take()).toEqual([])
  })
})
