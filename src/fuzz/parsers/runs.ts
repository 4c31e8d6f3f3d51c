import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StudioError } from '../../contract/errors'
import { openBundle } from '../../engine/bundle/bundle-archive'
import { BUNDLE_FORMAT, BUNDLE_VERSION, BundledRun, GradientLine, LogLine, MANIFEST, MetricLine, WidthLine } from '../../engine/bundle/bundle-format'
import { jsonLines, readJson } from '../../engine/bundle/json-lines'
import { unpackBundle } from '../../engine/bundle/unpack-bundle'
import { writeZip } from '../../engine/bundle/zip-writer'
import { readScalars } from '../../engine/logs/read-scalars'
import { record, scalarEvent, versionEvent } from '../../training/tensorboard/event-record'
import { maskedCrc32c } from '../../util/crc32c'
import { throughFile, written } from '../corpus-files'
import type { Parser } from '../parser'

const studio = (error: unknown): boolean => error instanceof StudioError

const ID = 'aaaaaaaaaaaa'
const RUN = {
  ...{
    id: ID,
    name: 'a',
    model: 'resnet20',
    dataset: 'folder',
    status: 'finished',
    statusReason: null,
    phase: 'done',
    step: 2,
    totalSteps: 2,
    createdAt: 1,
  },
  ...{
    startedAt: 1,
    endedAt: 2,
    targetRate: null,
    result: null,
    config: { model: 'resnet20' },
    workers: 1,
    quantizers: [],
    environment: null,
    dataDir: '/d',
  },
  ...{ notes: '', tags: [], starred: false, parent: null, repeats: null, frozenStep: null, checkpoints: [] },
}
const PARTS = {
  'run.json': JSON.stringify(RUN),
  'config.json': '{}',
  'metrics.jsonl': '{"key":"train/loss","steps":[1,2],"values":[0.5,null]}\n{"key":"val/top1","steps":[2],"values":[90]}\n',
  'widths.jsonl': '{"steps":[1],"widths":[[4.5,8]]}\n',
  'gradients.jsonl': '[{"from":1,"to":3,"task":[0.1,-2e-3],"size":[0.5,0]}]\n',
  'log.jsonl': '[{"time":1,"level":"info","message":"a"}]\n',
  'checkpoints/step-1.safetensors': 'weights',
}

function writeBundle(file: string): Promise<unknown> {
  const contents = Object.entries(PARTS).map(([path, text]) => ({
    name: `runs/${ID}/${path}`,
    compress: !path.startsWith('checkpoints/'),
    async *open() {
      yield await Promise.resolve(text)
    },
  }))
  const manifest = { format: BUNDLE_FORMAT, version: BUNDLE_VERSION, appVersion: '1', createdAt: 1, runs: [{ id: ID, name: 'a' }], comparison: null }
  return writeZip(file, contents, { name: MANIFEST, text: (files) => JSON.stringify({ ...manifest, files }) }, new Date(1_600_000_000_000))
}

/** Unpacks what is let through, as an import does before it stores anything. */
const readBundle = async (file: string): Promise<void> => {
  const folder = join(file, '..', 'unpacked')
  const archive = await openBundle(file)
  try {
    mkdirSync(folder)
    await unpackBundle(archive, folder)
  } finally {
    archive.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A part that passed its hash: a stranger can make any. */
const readParts = async (input: Buffer, scratch: string): Promise<void> => {
  const file = join(scratch, 'part.jsonl')
  writeFileSync(file, input)
  const tries = [
    async () => void (await readJson(file, BundledRun, 'run.json')),
    ...[MetricLine, WidthLine, GradientLine, LogLine].map((schema) => async () => {
      for await (const _line of jsonLines<unknown>(file, schema, 'lines')) continue
    }),
  ]
  const failures: unknown[] = []
  for (const one of tries) await one().catch((error: unknown) => failures.push(error))
  const worst = failures.find((error) => !studio(error)) ?? failures[0]
  if (failures.length === tries.length || !(worst === undefined || studio(worst))) throw worst
}

/** Checksums of event files as their bytes ask for, as far as the lengths lead. */
function repairEvents(input: Buffer): Buffer {
  const repaired = Buffer.from(input)
  for (let at = 0; at + 16 <= repaired.length;) {
    const length = Math.min(repaired.readUInt32LE(at), repaired.length - at - 16)
    repaired.writeBigUInt64LE(BigInt(length), at)
    repaired.writeUInt32LE(maskedCrc32c(repaired.subarray(at, at + 8)), at + 8)
    repaired.writeUInt32LE(maskedCrc32c(repaired.subarray(at + 12, at + 12 + length)), at + 12 + length)
    at += 16 + length
  }
  return repaired
}

/** Runs from elsewhere: bundles, and logs of TensorBoard. */
export async function runParsers(): Promise<Parser[]> {
  const point = (step: number): Uint8Array => record(scalarEvent(1_600_000_000, step, [{ tag: 'train/loss', value: 1 / step }]))
  const events = Buffer.concat([record(versionEvent(1)), point(1), point(2)])
  return [
    { name: 'bundle of runs', corpus: [await written(writeBundle)], read: throughFile('runs.zip', readBundle), isTyped: studio },
    { name: 'part of a bundle', corpus: Object.values(PARTS).map((text) => Buffer.from(text)), read: readParts, isTyped: studio },
    {
      name: 'event file of TensorBoard',
      corpus: [events],
      read: throughFile('events.out.tfevents.1', (path) => readScalars({ files: [{ path, below: '' }] })),
      isTyped: studio,
      repair: repairEvents,
    },
  ]
}
