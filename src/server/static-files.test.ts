import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readStaticFile } from './static-files'

let folder: string
let root: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'static-files-'))
  root = join(folder, 'site')
  await mkdir(join(root, 'assets'), { recursive: true })
  await mkdir(join(folder, 'site-of-others'))
  await writeFile(join(root, 'index.html'), '<!doctype html>')
  await writeFile(join(root, 'assets', 'a b.js'), 'export {}')
  await writeFile(join(folder, 'secret.json'), '{}')
  await writeFile(join(folder, 'site-of-others', 'x.js'), '')
  await symlink(join(folder, 'secret.json'), join(root, 'link.json'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('static files', () => {
  it('serves the page for / and files with their types', async () => {
    expect(await readStaticFile(root, '/')).toMatchObject({ contentType: 'text/html; charset=utf-8' })
    expect((await readStaticFile(root, '/assets/a%20b.js'))?.body.toString()).toBe('export {}')
  })

  it.each([
    '/../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/assets/..%2f..%2fsecret.json',
    '/..%5csecret.json',
    '/link.json',
    '/../site-of-others/x.js',
    '/%',
    '/index.html%00.js',
  ])('does not leave its folder for %s', async (path) => {
    expect(await readStaticFile(root, path)).toBeNull()
  })

  it('has no answer for folders, unknown types and missing files', async () => {
    for (const path of ['/assets', '/index.exe', '/none.js', '/index.html/x.js']) expect(await readStaticFile(root, path)).toBeNull()
  })
})
