import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openInChromium } from './support/browser-app'
import { debianPackage, DESKTOP_ENTRY, INSTALLED, installPackage, leftovers, makeStandIn, MIME_TYPE, removePackage, whyNotInstallable } from './support/debian-package'
import { logged } from './support/follow-log'
import { type OrdinaryUser, ordinaryUser } from './support/ordinary-user'
import { pageOfProcess } from './support/page-of-process'
import { writePhotoFolder } from './support/photo-folder'
import { photosToModel } from './support/photos-to-model'
import { root } from './support/places'
import { processTree } from './support/process-tree'
import { writeSmallDemoData } from './support/small-demo-data'
import { appears } from './support/appears'
import { serveFeed } from './support/update-feed'

/*
 * The finished package as somebody gets it: made by the one command, installed, used by an ordinary user with Chromium's sandbox on, removed.
 * Where it can't be installed the same command is tried out of the unpacked folder.
 */
const IMAGES = 500
const obstacle = whyNotInstallable()
const installable = obstacle === null
if (!installable) process.stderr.write(`The package is not installed by this test: ${obstacle}.\n`)
const command = installable ? '/usr/bin/fracbits' : join(root, 'dist/linux-unpacked/fracbits')

const GLOBS = '/usr/share/mime/globs2'

const Summary = z.looseObject({ type: z.literal('summary'), runId: z.string(), status: z.string(), mixed: z.looseObject({ images: z.int() }) })
const Checks = z.array(z.looseObject({ name: z.string(), ok: z.boolean(), detail: z.string() }))
const Feed = z.looseObject({ version: z.string(), files: z.array(z.object({ url: z.string(), sha512: z.string(), size: z.int() })) })
const Exported = z.looseObject({
  type: z.literal('export'),
  file: z.string(),
  verification: z.looseObject({ verdict: z.string(), problems: z.array(z.string()) }),
})

let user: OrdinaryUser
let workspace: string
let data: string
let runId = ''

const objects = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
const fracbits = (...args: string[]) => user.run(command, [...args, '--json', '--workspace', workspace], { FRACBITS_DEMO_DATA: data })

beforeAll(async () => {
  user = await ordinaryUser()
  workspace = join(user.home, 'workspace')
  data = join(user.home, 'fashion-mnist')
  await writeSmallDemoData(data, { train: IMAGES, validation: IMAGES })
})
afterAll(async () => {
  if (installable && existsSync(INSTALLED)) await removePackage()
  await user.remove()
})

describe('the package', () => {
  it('is made by one command, which checks what is in it', async () => {
    const { stderr } = await promisify(execFile)(process.execPath, ['tools/run.mjs', 'package', 'deb'], { cwd: root, maxBuffer: 10 * 2 ** 20 })
    expect(stderr).toContain('[package] check: done')
    expect(Feed.parse(JSON.parse(await readFile(join(root, 'dist/latest-linux.yml'), 'utf8'))).files).toMatchObject([{ url: basename(debianPackage()) }])
  })

  it.runIf(installable)('is installed', async () => {
    await installPackage()
    expect(leftovers()).toHaveLength(6)
  })

  it('finds its TensorFlow and all else that it needs, also for somebody who owns nothing of it', async () => {
    const { code, stdout, stderr } = await fracbits('doctor')
    expect(Checks.parse(objects(stdout)).filter(({ ok }) => !ok)).toEqual([])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('reads photos on threads of its own', async () => {
    const folder = join(user.home, 'photos')
    for (const [part, name] of Object.entries({ train: '422.jpg', val: 'cmyk.jpg' })) {
      mkdirSync(join(folder, part, 'class'), { recursive: true })
      cpSync(join(root, 'src/data/fixtures', name), join(folder, part, 'class', name))
    }
    const { code, stdout } = await fracbits('data', 'add', folder)
    expect(objects(stdout).at(-1)).toMatchObject({ type: 'dataset', status: 'ready', troubled: 0 })
    expect(code).toBe(0)
  })

  it('runs the demo, with data workers', async () => {
    const { code, stdout, stderr } = await fracbits('demo', '--workers', '2')
    expect(code, stderr).toBe(0)
    const summary = Summary.parse(objects(stdout).at(-1))
    expect(summary).toMatchObject({ status: 'finished', mixed: { images: IMAGES } })
    runId = summary.runId
  })

  it('exports the model and has onnxruntime agree', async () => {
    const { code, stdout, stderr } = await fracbits('export', runId)
    expect(code, stderr).toBe(0)
    expect(Exported.parse(objects(stdout).at(-1)).verification).toMatchObject({ verdict: 'same', problems: [] })
  })

  it('refuses wrong arguments with the usual exit code', async () => {
    expect((await user.run(command, ['nonsense'])).code).toBe(2)
  })

  it('serves its page to a browser, lets another command in meanwhile, and ends on Ctrl-C', async () => {
    const serving = user.start(command, ['serve', '--json', '--workspace', workspace])
    const ended = once(serving, 'close')
    if (serving.stdout === null) throw new Error('serve has no output')
    const [first] = (await once(createInterface({ input: serving.stdout }), 'line')) as [string]
    const { url } = z.object({ url: z.string() }).parse(JSON.parse(first))
    const browser = await openInChromium(url)
    try {
      await browser.page.getByText('Fashion-MNIST demo').first().waitFor()
      expect(objects((await fracbits('list')).stdout)).toMatchObject([{ id: runId }])
      expect(browser.pageErrors).toEqual([])
    } finally {
      await browser.close()
      serving.kill('SIGINT')
    }
    expect(await ended).toEqual([0, null])
  })

  it.runIf(installable && process.env.DISPLAY !== undefined)('opens its window in the sandbox, and closes in order', async () => {
    const app = user.start('/usr/bin/fracbits-studio', ['--workspace', workspace], { FRACBITS_QUIT_WITHOUT_ASKING: '1' })
    const ended = once(app, 'close')
    await logged(join(workspace, 'logs/main.ndjson'), 'page connected')
    const tree = await processTree(app.pid ?? 0)
    const renderer = tree.find((one) => one.command.includes('--type=renderer'))
    expect(renderer).toMatchObject({ seccomp: 2 })
    expect(tree.filter((one) => one.command.includes('--no-sandbox') && !one.command.includes('node.mojom'))).toEqual([])
    app.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    await logged(join(workspace, 'logs/main.ndjson'), 'closed')
  })

  it.runIf(installable && process.env.DISPLAY !== undefined)('takes somebody with a folder of photos to a verified model, in its window alone', async () => {
    const photos = join(user.home, 'my photos')
    await writePhotoFolder(photos, new Map([[1, 'trousers'], [7, 'sneakers'], [8, 'bags']]), 20)
    const own = join(user.home, 'own workspace')
    const app = user.start('/usr/bin/fracbits-studio', ['--remote-debugging-port=0', '--workspace', own], { FRACBITS_QUIT_WITHOUT_ASKING: '1' })
    const ended = once(app, 'close')
    const { browser, page } = await pageOfProcess(app)
    expect((await photosToModel(page, photos)).verdict).toBe('same')
    await browser.close()
    app.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })

  it.runIf(installable)('tells the system that it opens bundles', async () => {
    expect(await readFile(DESKTOP_ENTRY, 'utf8')).toMatch(/^Exec=\/opt\/fracbits-studio\/fracbits-studio %f$[^]*^MimeType=application\/vnd\.fracbits\.bundle\+zip;$/m)
    expect(await readFile(MIME_TYPE, 'utf8')).toContain('<glob pattern="*.fracbits"/>')
    // where the system keeps such a list
    if (existsSync('/usr/bin/update-mime-database')) expect(await readFile(GLOBS, 'utf8')).toContain('application/vnd.fracbits.bundle+zip:*.fracbits')
  })

  it.runIf(installable && process.env.DISPLAY !== undefined)('shows a bundle that the system opens with it', async () => {
    const bundle = join(user.home, 'demo.fracbits')
    expect((await fracbits('bundle', 'export', runId, '-o', bundle)).code).toBe(0)
    const app = user.start('/usr/bin/fracbits-studio', ['--remote-debugging-port=0', '--workspace', join(user.home, 'own workspace'), bundle], {
      FRACBITS_QUIT_WITHOUT_ASKING: '1',
    })
    const ended = once(app, 'close')
    const { browser, page } = await pageOfProcess(app)
    await page.getByTestId('bundle-contents').getByText('Fashion-MNIST demo').waitFor()
    expect(await page.getByTestId('import-path').inputValue()).toBe(bundle)
    await browser.close()
    app.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })

  it.runIf(installable && process.env.DISPLAY !== undefined)('is updated from a feed: not by somebody who may not, by somebody who may', async () => {
    const marker = join(user.home, 'started')
    const update = await makeStandIn(user.home, '9.0.0', marker)
    const feed = await serveFeed()
    await feed.publish('9.0.0', basename(update), await readFile(update))
    const open = async (start: OrdinaryUser['start'], args: readonly string[], folder: string) => {
      const app = start('/usr/bin/fracbits-studio', ['--remote-debugging-port=0', '--workspace', join(user.home, folder), ...args], {
        ...{ FRACBITS_UPDATE_FEED: feed.url, FRACBITS_QUIT_WITHOUT_ASKING: '1', XDG_CACHE_HOME: join(user.home, `cache of ${folder}`) },
      })
      const ended = once(app, 'close')
      const { browser, page } = await pageOfProcess(app)
      const reached = (state: string) => page.locator(`[data-testid="update-state"][data-state="${state}"]`).waitFor()
      await page.getByRole('link', { name: 'Settings' }).click()
      await page.getByTestId('update-check').click()
      await page.getByTestId('update-download').click()
      await reached('ready')
      await page.getByTestId('update-install').click()
      return { app, ended, browser, page, reached }
    }
    try {
      const refused = await open((...asked) => user.start(...asked), [], 'updates of nobody')
      await refused.page.getByTestId('update-problem').waitFor()
      await refused.reached('ready')
      await refused.page.locator('[data-testid="connection"][data-state="connected"]').waitFor()
      expect(existsSync(marker)).toBe(false)
      await refused.browser.close()
      refused.app.kill('SIGTERM')
      expect(await refused.ended).toEqual([0, null])

      const asRoot: OrdinaryUser['start'] = (program, args, env) =>
        spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
      const allowed = await open(asRoot, ['--no-sandbox'], 'updates of root')
      expect(await allowed.ended).toEqual([0, null])
      await appears(marker)
      expect(await readFile(marker, 'utf8')).toBe('9.0.0\n')
      expect(existsSync(join(INSTALLED, 'resources'))).toBe(false)
    } finally {
      await feed.close()
    }
  })

  it.runIf(installable)('is removed without a trace; the runs stay', async () => {
    await removePackage()
    expect(leftovers()).toEqual([])
    if (existsSync(GLOBS)) expect(await readFile(GLOBS, 'utf8')).not.toContain('fracbits')
    expect(readdirSync(join(workspace, 'runs'))).toEqual([runId])
  })
})
