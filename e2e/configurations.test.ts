import { readFile, writeFile } from 'node:fs/promises'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'jsonc-parser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { writeImageFolder } from '../src/data/testing/write-image-folder'
import { writeFormulaWeights } from './support/formula-weights'
import { peakOfChildren } from './support/memory-peak'
import { freshWorkspace, root } from './support/places'
import { startCli } from './support/run-cli'

const MAX_TRAINER_BYTES = 5e9
const Log = z.object({ type: z.literal('log'), entries: z.array(z.object({ message: z.string() })) })
const Row = z.object({ top1: z.number(), rate: z.number(), images: z.int() })
const Summary = z.object({ type: z.literal('summary'), runId: z.string(), status: z.string(), reason: z.string().nullable(), folder: z.string(), fp32: Row.nullable(), int8: Row.nullable(), mixed: Row.nullable() })

let place: Awaited<ReturnType<typeof freshWorkspace>>
beforeAll(async () => {
  place = await freshWorkspace()
  await writeImageFolder(join(place.workspace, 'images'), { classNames: ['cat', 'dog'], train: 1, validation: 2, width: 320, height: 310 })
})
afterAll(() => place.remove())

/** Runs the command to its end and watches the memory of its trainer. */
async function train(...args: string[]): Promise<{ log: string; summary: z.infer<typeof Summary>; peakBytes: number }> {
  const shared = ['--data', join(place.workspace, 'images'), '-j', '0', '-b', '2', '--seed', '1', '--cpu-only', '--print-freq', '1', '--json']
  const cli = startCli(['train', ...args, ...shared, '--workspace', place.workspace])
  let peakBytes = 0
  let log = ''
  let last = ''
  for await (const line of cli.lines) {
    peakBytes = Math.max(peakBytes, await peakOfChildren(cli.child.pid ?? 0))
    const entries = Log.safeParse(JSON.parse(line))
    if (entries.success) log += entries.data.entries.map(({ message }) => `${message}\n`).join('')
    last = line
  }
  const { stderr } = await cli.ended
  if (last === '') throw new Error(stderr)
  return { log, summary: Summary.parse(JSON.parse(last)), peakBytes }
}

/** A shipped configuration whose widths freeze before the second epoch. */
async function freezingEarly(name: string): Promise<string> {
  const text = (await readFile(join(root, 'configs', `${name}.jsonc`), 'utf8')).replace(/"freeze_epoch": -?\d+/, '"freeze_epoch": 1')
  const file = join(place.workspace, `${name}.jsonc`)
  await writeFile(file, text)
  return file
}

describe.each([
  ['mobilenet_v2_imagenet_fracbits', 117, 'features.0.0|WEIGHT', 'zip', []],
  ['mobilenet_v2_32x32_cifar100_fracbits', 117, 'features.0.0|WEIGHT', 'legacy', ['--dataset', 'folder']],
  ['resnet50_imagenet_fracbits', 125, 'layer1.0.conv1|WEIGHT', 'zip', []],
  ['inception_v3_imagenet_fracbits', 165, 'Mixed_5b.branch1x1.conv|WEIGHT', 'legacy', []],
] as const)('%s', (name, quantizers, named, format, dataset) => {
  it('trains on JPEG and PNG files, freezes, checkpoints, resumes and tests, in less than 5 GB', async () => {
    const config = await freezingEarly(name)
    const weights = join(place.workspace, `${name}.pth`)
    await writeFormulaWeights(weights, parse(await readFile(config, 'utf8')), format)

    const dump = join(place.workspace, 'accuracy.json')
    const first = await train('-c', config, ...dataset, '--weights', weights, '--epochs', '1', '--metrics-dump', dump)
    expect([first.summary.status, first.summary.reason]).toEqual(['finished', null])
    expect(first.log).toMatch(/Weights of .*: \d+ loaded\n/)
    expect(first.log).toContain(`Ranges of ${quantizers} quantizers initialised`)
    expect(first.log).toContain(`  ${named}: `)
    expect(first.log).toMatch(/: Epoch: \[0\]\[0\/1\] Lr: 0\.001 /)
    expect(first.log).toMatch(/Compression rate \d\.\d{3}, with rounded widths \d\.\d{3}/)
    expect(first.summary).toMatchObject({ fp32: { images: 4 }, int8: { images: 4, rate: 1 }, mixed: { images: 4 } })

    const kept = readdirSync(join(first.summary.folder, 'checkpoints'))
    const newest = kept.find((file) => file.endsWith('_last.safetensors'))
    expect(kept.some((file) => file.endsWith('_best.safetensors'))).toBe(true)
    const second = await train('-m', 'train', 'test', '-c', config, ...dataset, '--resume', join(first.summary.folder, 'checkpoints', newest ?? ''), '--epochs', '2', '--metrics-dump', dump)
    expect([second.summary.status, second.summary.reason]).toEqual(['finished', null])
    expect(second.log).toContain('Going on at step 1')
    expect(second.log).toContain('Bit-widths frozen at a rate of ')
    expect(second.log).not.toContain('Epoch: [0]')
    expect(second.log).toContain(': Epoch: [1][0/1] ')
    expect(JSON.parse(await readFile(dump, 'utf8'))).toEqual({ Accuracy: second.summary.mixed?.top1 })

    for (const file of ['config.json', 'statistics.txt']) expect(existsSync(join(second.summary.folder, file))).toBe(true)
    expect(readdirSync(second.summary.folder).some((file) => file.startsWith('events.out.tfevents.'))).toBe(true)
    for (const { peakBytes } of [first, second]) {
      expect(peakBytes).toBeGreaterThan(100e6)
      expect(peakBytes).toBeLessThan(MAX_TRAINER_BYTES)
    }
  })
})
