import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fencedBlocks } from '../src/cli/documents/testing/markdown-blocks'
import { cacheFolder, findDemoData } from '../src/util/paths'
import { writePhotoFolder } from './support/photo-folder'
import { root } from './support/places'

/*
 * What a reader of the documents does: saves the blocks that name a file, and runs the blocks of `sh`, in their order, in a checkout with an empty
 * home folder but for photos; the other documents go on from what the guide has made. `npm start --` is the built command itself: set-up and build
 * have been done.
 */
const GUIDE = 'docs/guide.md'
const others = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)
  .filter((name) => name !== GUIDE)
const DOCUMENTS = ['README.md', GUIDE, ...others.sort(), 'CONTRIBUTING.md'].map((name) => ({
  name,
  blocks: fencedBlocks(readFileSync(join(root, name), 'utf8')),
}))
const NPM = `npm() { [ "$1" = start ] || { echo "only npm start is run here" >&2; return 2; }; shift; [ "$1" != --silent ] || shift; shift; '${process.execPath}' '${join(root, 'out/main/cli.js')}' "$@"; }`

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'fracbits-reader-'))
  const classes = new Map([
    [1, 'trousers'],
    [7, 'sneakers'],
    [8, 'bags'],
  ])
  await writePhotoFolder(join(home, 'photos'), classes, 60)
})
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 3 }))

/** Runs a block as a script that ends at its first failure. */
async function runBlock(text: string): Promise<{ code: number | null; output: string }> {
  const demo = await findDemoData()
  const { FRACBITS_WORKSPACE: _workspace, XDG_DATA_HOME: _data, ...rest } = process.env
  const env = { ...rest, HOME: home, FRACBITS_CACHE: cacheFolder(), FRACBITS_DEMO_DATA: demo.directory }
  const child = spawn('bash', ['-euo', 'pipefail', '-c', `${NPM}\n${text}`], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (output += part))
  child.stderr.setEncoding('utf8').on('data', (part: string) => (output += part))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, output }
}

for (const { name, blocks } of DOCUMENTS)
  for (const { language, file, text, line } of blocks) {
    if (file !== null)
      it(`${name}:${line} is saved as ${file}`, async () => {
        const path = file.replace(/^~/, home)
        await mkdir(join(path, '..'), { recursive: true })
        await writeFile(path, text)
      })
    else if (language === 'sh')
      it(`${name}:${line} runs: ${text.trim().split('\n')[0] ?? ''}`, async () => {
        const { code, output } = await runBlock(text)
        expect(code, output).toBe(0)
        if (process.env.FRACBITS_SHOW_OUTPUT !== undefined) process.stdout.write(output)
      })
  }

it('leaves the reader with a verified model and a report', () => {
  expect(['photos.onnx', 'photos.html'].map((file) => existsSync(join(home, file)))).toEqual([true, true])
})
