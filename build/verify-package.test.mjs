import { createPackage } from '@electron/asar'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contents, packageNames } from './contents.mjs'
import { bundle } from './file-association.mjs'
import { fuseProblems, fuses } from './fuses.mjs'
import { neededGlibc } from './native-code.mjs'
import { addonProblems, contentProblems } from './verify-package.mjs'

const root = join(import.meta.dirname, '..')
let folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fracbits-verify-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(path, content = '') {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}

/** A package with these files in its archive and these beside it. */
async function packed(archived, beside = []) {
  for (const path of archived) write(join('source', path))
  mkdirSync(join(folder, 'app/resources/app.asar.unpacked'), { recursive: true })
  await createPackage(join(folder, 'source'), join(folder, 'app/resources/app.asar'))
  for (const path of beside) write(join('app', path))
  return contentProblems(join(folder, 'app'))
}

describe('bundles of runs', () => {
  it('are the same files to every system', () => {
    const own = (name) => readFileSync(join(root, 'build/linux', name), 'utf8')
    const xml = own('fracbits-studio.xml')
    for (const part of [`type="${bundle.mimeType}"`, `<comment>${bundle.name}</comment>`, `pattern="*.${bundle.ending}"`]) expect(xml).toContain(part)
    expect(own('fracbits-studio.desktop')).toContain(`\nMimeType=${bundle.mimeType};\n`)
    expect(readFileSync(join(root, 'src/contract/bundles.ts'), 'utf8')).toContain(`BUNDLE_ENDING = '${bundle.ending}'`)
  })
})

describe('the check of a package', () => {
  it.each([
    ['out/main/chunks/run.js.map', 'a source'],
    ['node_modules/zod/src/index.ts', 'a source'],
    ['node_modules/ws/lib/ws.test.js', 'a test'],
    ['node_modules/file-uri-to-path/test/test.js', 'a test'],
    ['out/main/cli-trainer.js', 'Node of their own'],
  ])('finds %s in the archive', async (path, what) => {
    expect(await packed([path])).toContainEqual(expect.stringMatching(new RegExp(`^${path.replaceAll('.', '\\.')} should not.*${what}`)))
  })

  it('finds headers and another program beside the archive', async () => {
    const problems = await packed(['package.json'], ['resources/tensorflow/include/c_api.h', 'resources/default_app.asar'])
    expect(problems.filter((text) => text.includes('should not be'))).toHaveLength(2)
  })

  it('wants exactly the packages that are allowed by name', async () => {
    const problems = await packed([...packageNames.slice(1).map((name) => `node_modules/${name}/package.json`), 'node_modules/vite/index.js'])
    expect(problems).toContain('The package vite is not one that the program loads.')
    expect(problems).toContain(`The package ${packageNames[0]} is missing.`)
    expect(problems.filter((text) => text.startsWith('The package'))).toHaveLength(2)
  })

  it('names what is missing, and links that leave the package', async () => {
    write('app/resources/fine')
    symlinkSync('/etc/hostname', join(folder, 'app/outside'))
    symlinkSync('nowhere', join(folder, 'app/resources/dangling'))
    symlinkSync('fine', join(folder, 'app/resources/inside'))
    const problems = await packed(['package.json'])
    expect(problems).toContain('out/main/trainer.js is missing.')
    expect(problems.filter((text) => text.includes('link'))).toEqual([
      'outside is a link out of the package.',
      'resources/dangling is a link that leads nowhere.',
    ])
  })

  it('takes N-API addons only', () => {
    write('napi.node', '\0napi_create_object\0')
    write('v8.node', '\0napi_create_object\0_ZN2v87Isolate10GetCurrentEv\0')
    write('other.node', '\0main\0')
    expect(addonProblems(join(folder, 'napi.node'), 'napi.node')).toEqual([])
    expect(addonProblems(join(folder, 'v8.node'), 'v8.node')).toEqual([expect.stringContaining('_ZN2v8')])
    expect(addonProblems(join(folder, 'other.node'), 'other.node')).toEqual(['other.node is no N-API addon.'])
  })

  const electron = process.env.ELECTRON_OVERRIDE_DIST_PATH && join(process.env.ELECTRON_OVERRIDE_DIST_PATH, 'electron')
  it.runIf(process.platform === 'linux' && electron !== undefined)(
    'reads the fuses of a binary: those of the Electron that develops are others',
    async () => {
      const problems = await fuseProblems(electron)
      expect(problems).toContain('The fuse enableNodeCliInspectArguments is not off.')
      expect(Object.keys(fuses)).toHaveLength(8)
    },
  )
})

describe('what goes into a package', () => {
  it('is denied first, and each package allowed is a dependency that is installed', () => {
    expect(contents[0]).toBe('!**/*')
    for (const name of packageNames) expect(existsSync(join(root, 'node_modules', name, 'package.json')), name).toBe(true)
  })

  it('asks for the newest C library that any native code asks for', () => {
    write('a.node', '\0GLIBC_2.9\0GLIBC_2.34\0')
    write('b/lib.so.1', '\0GLIBC_2.2.5\0GLIBC_2.17\0')
    expect(neededGlibc(folder)).toBe('2.34')
  })
})
