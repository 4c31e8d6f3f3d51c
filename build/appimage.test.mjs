import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findAppImageTool, makeAppImage } from './appimage.mjs'

let folder
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'appimage-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const program = (path, ...lines) => writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 })

describe('the tool for AppImages', () => {
  it('is the one that is named, else the first on the path, and none where there is none', () => {
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    expect(findAppImageTool({ PATH: `/nowhere:${bin}` })).toBeNull()
    writeFileSync(join(bin, 'appimagetool'), 'not a program')
    expect(findAppImageTool({ PATH: bin })).toBeNull()
    rmSync(join(bin, 'appimagetool'))
    program(join(bin, 'appimagetool'))
    expect(findAppImageTool({ PATH: `/nowhere:${bin}` })).toBe(join(bin, 'appimagetool'))
    expect(findAppImageTool({ PATH: bin, FRACBITS_APPIMAGETOOL: '/nowhere/tool' })).toBeNull()
  })
})

describe('an AppImage', () => {
  it('is made of a folder that starts the application with what it was given, and has one entry and one icon of its name', () => {
    const unpacked = join(folder, 'linux-unpacked')
    const dist = join(folder, 'dist')
    for (const path of [unpacked, dist]) mkdirSync(path)
    program(join(unpacked, 'fracbits-studio'), 'echo "started with $*"')
    // In place of the tool: what it would pack is looked at while it is there, from another folder, as when it is mounted.
    const tool = join(folder, 'tool')
    program(
      tool,
      `cd / && "$2/AppRun" "a file.fracbits" > "${folder}/said"`,
      `ls -A "$2" > "${folder}/listed"`,
      `cp "$2/fracbits-studio.desktop" "${folder}/entry"`,
      'echo "$ARCH" > "$3"',
    )
    const file = makeAppImage(unpacked, dist, tool)
    expect(readFileSync(join(folder, 'said'), 'utf8')).toBe('started with a file.fracbits\n')
    expect(readFileSync(join(folder, 'listed'), 'utf8').trim().split('\n').sort()).toEqual([
      '.DirIcon',
      'AppRun',
      'fracbits-studio',
      'fracbits-studio.desktop',
      'fracbits-studio.png',
    ])
    expect(readFileSync(join(folder, 'entry'), 'utf8')).toMatch(/^Exec=fracbits-studio %f$/m)
    expect(readFileSync(file, 'utf8').trim()).toBe(process.arch === 'arm64' ? 'aarch64' : 'x86_64')
    expect(readdirSync(dist)).toHaveLength(1)
    expect(readdirSync(unpacked)).toEqual(['fracbits-studio'])
    expect(statSync(join(unpacked, 'fracbits-studio')).nlink).toBe(1)
  })

  it('is not left half made where the tool fails', () => {
    const unpacked = join(folder, 'linux-unpacked')
    mkdirSync(unpacked)
    program(join(folder, 'tool'), 'exit 3')
    expect(() => makeAppImage(unpacked, folder, join(folder, 'tool'))).toThrow()
    expect(readdirSync(folder).filter((name) => name.endsWith('.AppImage'))).toEqual([])
  })
})
