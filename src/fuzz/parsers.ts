import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { StudioError } from '../contract/errors'
import { readCifarSplit } from '../data/cifar-format'
import { createImageDecoder } from '../data/decode-image'
import { parseIdx, readIdxFile } from '../data/idx-format'
import { readNumpyPickle } from '../data/numpy-pickle'
import { idxBytes } from '../data/testing/write-idx-dataset'
import { checkpointHeaderPhase } from '../engine/checkpoint-choice'
import { readConfigText } from '../config/config-text'
import { writePth } from '../models/weights/testing/write-pth'
import { openWeightFile } from '../models/weights/weight-file'
import { createChannel } from '../rpc/channel'
import { receiveText } from '../rpc/websocket-channel'
import { ClientFrame } from '../rpc/frames'
import { readCheckpoint, writeCheckpoint } from '../training/checkpoint-file'
import { readSavedRun } from '../training/run-checkpoint'
import { MalformedFile } from '../util/pickle/malformed-file'
import type { Parser } from './parser'
import { repairGzip, repairPng, repairSafetensors } from './repair'

const studio = (error: unknown): boolean => error instanceof StudioError
const never = (): boolean => false

/** Small files of a folder whose names end so. */
function filesOf(folder: string, ending: RegExp, maxBytes = 5_000): Buffer[] {
  const names = readdirSync(folder).filter((name) => ending.test(name))
  return names.map((name) => readFileSync(join(folder, name))).filter(({ length }) => length <= maxBytes)
}

/** What `write` puts into a file. */
async function written(write: (file: string) => Promise<unknown>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'fracbits-fuzz-'))
  try {
    await write(join(folder, 'file'))
    return await readFile(join(folder, 'file'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function weightFiles(): Promise<{ pth: Buffer[]; safetensors: Buffer[] }> {
  const tensors = { 'conv1.weight': { shape: [2, 1, 2], data: [1, 2, 3, 4] }, 'bn.bias': { shape: [3], data: [1, 2, 3] } }
  const pth = await Promise.all([
    written((file) => writePth(file, tensors)),
    written((file) => writePth(file, tensors, { format: 'legacy' })),
    written((file) => writePth(file, tensors, { facts: { epoch: 3, arch: 'resnet20', best_acc1: 71.5 } })),
  ])
  const content = new Map(Object.entries(tensors).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]))
  const run = {
    model: 'resnet20',
    position: { stage: 0, epoch: 1, step: 2 },
    initialised: false,
    rows: [],
    phase: 'fp32-training',
    accuracies: [null, 3],
    seed: 1,
  }
  const safetensors = await Promise.all([
    written((file) => writeCheckpoint(file, content, { run: JSON.stringify(run) })),
    written((file) => writeCheckpoint(file, content, {})),
  ])
  return { pth, safetensors }
}

/** Opens weights of a stranger and reads every value. */
async function readWeights(file: string): Promise<number> {
  const { tensors } = await openWeightFile(file)
  let values = 0
  for (const tensor of tensors.values()) values += tensor.values().length
  return values
}

const throughFile =
  (name: string, read: (file: string) => unknown) =>
  async (input: Buffer, scratch: string): Promise<unknown> => {
    const file = join(scratch, name)
    writeFileSync(file, input)
    return read(file)
  }

const frames = [
  '{"kind":"hello","protocol":1,"app":"page"}',
  '{"kind":"call","id":1,"name":"runs.list","input":{"limit":10,"before":null}}',
  '{"kind":"open","id":2,"name":"runs.events","input":{"runId":null}}',
  '{"kind":"ack","id":2,"seq":3}',
  '{"kind":"cancel","id":2}',
].map((text) => Buffer.from(text))

/** Every reader of files and messages that come from others. `root` is the repository. */
export async function parsers(root: string): Promise<Parser[]> {
  const fixtures = join(root, 'src/data/fixtures')
  const image = createImageDecoder({ applyExifOrientation: true, scaleGrey16: true })
  const { pth, safetensors } = await weightFiles()
  const cifar = filesOf(fixtures, /^cifar.*\.pickle\.gz$/, 20_000).map((packed) => gunzipSync(packed))
  const record = Buffer.alloc(3073, 7)
  const all: Parser[] = [
    {
      name: 'configuration',
      corpus: filesOf(join(root, 'configs'), /\.jsonc?$/),
      read: (input) => readConfigText(input.toString('utf8')),
      isTyped: never,
    },
    { name: 'JPEG', corpus: filesOf(fixtures, /\.jpg$/, 2_400), read: (input) => image(input), isTyped: studio },
    { name: 'PNG', corpus: filesOf(fixtures, /\.png$/, 1_300).map(repairPng), read: (input) => image(input), isTyped: studio, repair: repairPng },
    {
      name: 'IDX',
      corpus: [Buffer.from(idxBytes([2, 3, 4], new Uint8Array(24))), Buffer.from(idxBytes([5], new Uint8Array(5)))],
      read: (input) => (parseIdxAs(input, 'images'), parseIdx(input, 'labels-file', 'labels')),
      isTyped: studio,
    },
    {
      name: 'IDX, gzip',
      corpus: [gzipSync(idxBytes([2, 3, 4], new Uint8Array(24))), gzipSync(Buffer.alloc(50_000))],
      read: throughFile('images.gz', (file) => readIdxFile(join(file, '..'), 'images', 'images')),
      isTyped: studio,
      repair: repairGzip,
    },
    {
      name: 'CIFAR, binary',
      corpus: [Buffer.concat([record, record]), record],
      read: async (input, scratch) => {
        mkdirSync(join(scratch, 'binary'), { recursive: true })
        for (const name of ['data_batch_1.bin', 'test_batch.bin']) writeFileSync(join(scratch, 'binary', name), input)
        return readCifarSplit('cifar10', join(scratch, 'binary'), 'validation', 10)
      },
      isTyped: studio,
    },
    {
      name: 'CIFAR, pickle',
      corpus: cifar,
      read: (input) => readNumpyPickle(input),
      isTyped: (error) => error instanceof MalformedFile,
    },
    { name: '.pth', corpus: pth, read: throughFile('weights.pth', readWeights), isTyped: studio },
    { name: '.safetensors', corpus: safetensors, read: throughFile('weights.safetensors', readWeights), isTyped: studio, repair: repairSafetensors },
    {
      name: 'checkpoint',
      corpus: safetensors,
      read: throughFile('step-00000001.safetensors', async (file) => {
        await checkpointHeaderPhase(file)
        return readSavedRun((await readCheckpoint(file)).metadata)
      }),
      isTyped: studio,
      repair: repairSafetensors,
    },
    {
      name: 'message of a page',
      corpus: frames,
      read: (input) => {
        const channel = createChannel({ send: () => undefined, close: () => undefined })
        channel.onMessage((message) => ClientFrame.safeParse(message))
        receiveText(channel, input.toString('utf8'))
      },
      isTyped: never,
    },
  ]
  return all.map((parser) => ({ ...parser, corpus: [...parser.corpus, ...savedInputs(root, parser.name)] }))
}

function parseIdxAs(input: Buffer, kind: 'images' | 'labels'): unknown {
  try {
    return parseIdx(input, 'file', kind)
  } catch (error) {
    if (studio(error)) return null
    throw error
  }
}

/** Inputs that once went wrong: `src/fuzz/corpus/<parser>/`. */
export function savedInputs(root: string, parser: string): Buffer[] {
  const folder = join(root, 'src/fuzz/corpus', folderName(parser))
  try {
    return readdirSync(folder).map((name) => readFileSync(join(folder, name)))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

export const folderName = (parser: string): string =>
  parser
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
