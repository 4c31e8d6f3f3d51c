import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExportFormat, Verification } from '../contract/exports'
import type { TrainerSpec } from '../contract/trainer-messages'
import { TrainingConfig } from '../contract/training-config'
import { writeIdxDataset } from '../data/testing/write-idx-dataset'
import { fieldsOf } from '../util/protobuf-reader'
import { readOnnx } from '../export/onnx/read-onnx'
import { readTfjs } from '../export/tfjs/read-tfjs'
import { Manifest, MANIFEST_KEY, sha256 } from '../export/manifest'
import { modelFromSafetensors, readSafetensors } from '../export/safetensors-file'
import { verifyFile } from '../export/verify/verify-file'
import { runExportJob } from './export-job'
import { saveRun } from './run-checkpoint'
import { openRunParts } from './run-parts'
import { SMALL_RUN } from './testing/small-runs'
import { noiseBatch } from './testing/tiny-network'

const config = TrainingConfig.parse({
  ...SMALL_RUN,
  epochs: 1,
  compression: { algorithm: 'fracbits_quantization', freeze_epoch: 0, overflow_fix: 'disable', loss: { compression_rate: 1.5, alpha: 40 } },
})

/** Three of 43 validation images: whoever checks the file must leave out the same ones. */
const EXCLUDED = ['validation/000000', 'validation/000007', 'validation/000042']

let folder: string
let spec: TrainerSpec
let claimedBits = 0
let claimedBytes = 0
let tfjsBytes = 0
let ownWidths: readonly number[] = []

/** A checkpoint with quantizers of every width from 4 to 12, exported. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fracbits-export-'))
  const dataDir = join(folder, 'data')
  await writeIdxDataset(dataDir, { train: 32, validation: 43 })
  const start: TrainerSpec = { runId: 'testrun00001', config, dataDir, folder, workers: 0, excluded: EXCLUDED, resumeFrom: null }
  const parts = await openRunParts(start, () => undefined)
  try {
    const { engine, built, specs } = parts
    const collection = engine.createCollection()
    engine.collectRanges(noiseBatch(0, config.batch_size, [28, 28, 1], 10), collection)
    engine.initialiseRanges(collection, true)
    const widths = specs.map((_, i) => 4 + (i % 9))
    ownWidths = widths
    engine.write(new Map([['quantizers/bits', Float32Array.from(widths)]]))
    claimedBits = specs.reduce((sum, { elements }, i) => sum + elements * (widths[i] ?? 0), 0)
    tfjsBytes = specs.reduce((sum, { elements }, i) => sum + elements * ((widths[i] ?? 0) > 8 ? 2 : 1), 0)
    claimedBytes = specs.reduce((sum, { elements }, i) => sum + Math.ceil((elements * (widths[i] ?? 0)) / 8), 0)
    const run = {
      model: config.model,
      position: { stage: 1, epoch: 0, step: 0 },
      initialised: true,
      rows: [],
      budget: null,
      phase: 'done' as const,
      accuracies: [],
      seed: 0,
    }
    const { file, sha256: hash } = await saveRun(folder, 1, built.variables, engine.read(), run)
    spec = { ...start, resumeFrom: { file, sha256: hash } }
  } finally {
    await parts.close()
  }
  for (const format of ['onnx', 'safetensors', 'tfjs'] as const)
    expect((await runExportJob({ kind: 'export', spec, format, file: fileOf(format), reference: referenceOf(format), version: '1.2.3' })).kind).toBe(
      'exported',
    )
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const fileOf = (format: ExportFormat): string => join(folder, `model.${format}`)
const referenceOf = (format: ExportFormat): string => `${fileOf(format)}.reference`

const check = (file: string, more: { expectedSha256?: string; reference?: string } = {}): Promise<Verification> =>
  verifyFile({
    kind: 'verify',
    file,
    expectedSha256: more.expectedSha256 ?? null,
    data: { dir: spec.dataDir, name: null, limit: null },
    reference: { file: more.reference ?? referenceOf('onnx'), origin: 'trainer' },
  })

/** A damaged copy of the ONNX file. */
async function damaged(damage: (bytes: Buffer) => Buffer): Promise<Verification> {
  const file = join(folder, 'damaged.onnx')
  await writeFile(file, damage(await readFile(fileOf('onnx'))))
  return check(file)
}

const tensor = (name: string): Buffer => Buffer.from(readOnnx(readFileSync(fileOf('onnx'))).tensors.get(name) ?? [])

describe('other widths for a checkpoint', () => {
  it('are evaluated on all validation images: its own as its exported file is, and those that a quantizer cannot have are refused', async () => {
    const { comparison } = await check(fileOf('onnx'))
    const at = (widths: readonly number[]) => runExportJob({ kind: 'evaluate', spec, widths: [...widths] })
    const own = await at(ownWidths)
    expect(own).toMatchObject({ kind: 'evaluated', evaluation: { images: 40, top1: expect.closeTo(comparison?.top1 ?? Number.NaN, 6) as number } })
    const narrow = await at(ownWidths.map(() => 4))
    expect(narrow.kind === 'evaluated' && own.kind === 'evaluated' && narrow.evaluation.loss !== own.evaluation.loss).toBe(true)
    expect(await at(ownWidths.map(() => 2))).toMatchObject({ kind: 'failed', error: { code: 'BAD_INPUT' } })
  })
})

describe('the weights of a checkpoint', () => {
  it('lie on the codes that its exported file holds, layer by layer', async () => {
    const answer = await runExportJob({ kind: 'weights', spec })
    if (answer.kind !== 'weights') throw new Error(JSON.stringify(answer))
    const parts = readSafetensors(await readFile(fileOf('safetensors')))
    const { weights } = modelFromSafetensors(parts, Manifest.parse(JSON.parse(parts.metadata[MANIFEST_KEY] ?? '')))
    expect(answer.layers.map(({ layer }) => layer).sort()).toEqual([...weights.keys()].sort())
    for (const { layer, bits, lowest, quantized } of answer.layers) {
      const stored = weights.get(layer)
      expect(bits).toBe(stored?.bits)
      const counts = quantized.counts.map(() => 0)
      for (const code of stored?.codes ?? []) {
        const bin = Math.floor((code - lowest) / quantized.width)
        counts[bin] = (counts[bin] ?? 0) + 1
      }
      expect([layer, quantized.counts]).toEqual([layer, counts])
    }
  })

  it('are not there before the first one', async () => {
    expect(await runExportJob({ kind: 'weights', spec: { ...spec, resumeFrom: null } })).toMatchObject({ kind: 'failed', error: { code: 'CONFLICT' } })
  })
})

describe('an exported file', () => {
  it.each(['onnx', 'safetensors'] as const)('of a run has the claimed size to the byte and the trainer’s predictions: %s', async (format) => {
    const found = await check(fileOf(format))
    expect([found.verdict, found.problems, found.size?.payloadBits, found.size?.payloadBytes]).toEqual(['same', [], claimedBits, claimedBytes])
    expect(found.comparison).toMatchObject({ images: 40, equal: 40, largestDifference: 0 })
    expect(found.sha256).toBe(sha256(await readFile(fileOf(format))))
  })

  it('for TensorFlow.js has a byte or two a weight, says what they would take at their widths, and the trainer’s predictions', async () => {
    const found = await check(fileOf('tfjs'), { reference: referenceOf('tfjs') })
    expect([found.verdict, found.problems, found.format, found.size?.payloadBits]).toEqual(['same', [], 'tfjs', claimedBits])
    expect(found.size?.payloadBytes).toBe(tfjsBytes)
    expect(found.comparison).toMatchObject({ images: 40, equal: 40, largestDifference: 0 })
    expect(found.runtime).toMatch(/^TensorFlow\.js 4\..* \(wasm\)$/)
  })

  it('for TensorFlow.js is wrong with one flipped bit anywhere: in the codes, where the tensor is named, in the graph, in the archive', async () => {
    const whole = await readFile(fileOf('tfjs'))
    const flipped = async (at: number): Promise<Verification> => {
      const bytes = Buffer.from(whole)
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      const file = join(folder, 'damaged.tfjs.zip')
      await writeFile(file, bytes)
      return check(file)
    }
    const codes = Buffer.from(readTfjs(whole).tensors.get('layer2.1.conv1.weight.codes') ?? [])
    const inCodes = await flipped(whole.indexOf(codes) + 10)
    expect([inCodes.verdict, inCodes.problems]).toEqual(['wrong', ['The tensor layer2.1.conv1.weight.codes was changed: its sha256 differs from the manifest\'s.']])
    const inGraph = await flipped(whole.indexOf('"Relu"') + 1)
    expect([inGraph.verdict, inGraph.problems]).toEqual(['wrong', [expect.stringContaining('operators')]])
    // The time in the header of the first file, which nothing else depends on.
    const inHeader = await flipped(10)
    expect([inHeader.verdict, inHeader.problems]).toEqual(['wrong', [expect.stringContaining('zip archive was changed')]])
  })

  it('with one flipped bit is wrong, and the tensor is named', async () => {
    const codes = tensor('layer2.1.conv1.weight.codes')
    const found = await damaged((bytes) => {
      const at = bytes.indexOf(codes) + 10
      bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at)
      return bytes
    })
    expect([found.verdict, found.problems]).toEqual(['wrong', [expect.stringContaining('layer2.1.conv1.weight.codes was changed')]])
  })

  it('with two layers’ scales swapped is wrong, and both are named', async () => {
    const [first, second] = [tensor('layer1.0.bn1.scale'), tensor('layer1.1.bn1.scale')]
    const found = await damaged((bytes) => {
      const [a, b] = [bytes.indexOf(first), bytes.indexOf(second)]
      second.copy(bytes, a)
      first.copy(bytes, b)
      return bytes
    })
    expect([found.verdict, found.problems]).toEqual(['wrong', ['The tensors layer1.0.bn1.scale and layer1.1.bn1.scale have changed places.']])
  })

  it('that was cut off is wrong', async () => {
    const found = await damaged((bytes) => bytes.subarray(0, bytes.length - 100))
    expect([found.verdict, found.problems]).toEqual(['wrong', [expect.stringContaining('cut off')]])
  })

  it('with a changed operator or manifest is wrong', async () => {
    const relu = await damaged((bytes) => Buffer.from(bytes.toString('latin1').replace('Relu', 'Selu'), 'latin1'))
    expect(relu.problems).toEqual([expect.stringContaining('operators')])
    const manifest = await damaged((bytes) => Buffer.from(bytes.toString('latin1').replace('"bits":8', '"bits":7'), 'latin1'))
    expect(manifest.problems[0]).toContain('manifest was changed')
  })

  it('that is whole but another one than was recorded is wrong', async () => {
    const found = await check(fileOf('onnx'), { expectedSha256: sha256('another') })
    expect([found.verdict, found.problems]).toEqual(['wrong', [expect.stringContaining('not the file that was exported')]])
  })

  it('is not compared with the logits of another checkpoint', async () => {
    const other = join(folder, 'other.reference')
    const bytes = await readFile(referenceOf('onnx'))
    await writeFile(other, Buffer.from(bytes.toString('latin1').replace(spec.resumeFrom?.sha256 ?? '', '0'.repeat(64)), 'latin1'))
    expect(await check(fileOf('onnx'), { reference: other })).toMatchObject({
      verdict: 'wrong',
      problems: [expect.stringContaining('another checkpoint')],
    })
  })

  it('without anything to compare with has an accuracy, and says that it was not compared', async () => {
    const found = await verifyFile({
      kind: 'verify',
      file: fileOf('onnx'),
      expectedSha256: null,
      data: { dir: spec.dataDir, name: null, limit: 20 },
      reference: null,
    })
    expect([found.verdict, found.against, found.accuracy?.images]).toEqual(['unchecked', 'nothing', 20])
  })

  it('holds nothing but standard operators', async () => {
    const domains = [...fieldsOf(await readFile(fileOf('onnx')))].filter(({ number }) => number === 8)
    expect(domains).toHaveLength(1)
  })
})

describe('an export', () => {
  it('of a run without checkpoint, or without quantizers, is refused with a sentence', async () => {
    const job = { kind: 'export', format: 'onnx', file: join(folder, 'none.onnx'), reference: join(folder, 'none'), version: '1' } as const
    expect(await runExportJob({ ...job, spec: { ...spec, resumeFrom: null } })).toMatchObject({ kind: 'failed', error: { code: 'CONFLICT' } })
    const { compression: _, ...float } = config
    expect(await runExportJob({ ...job, spec: { ...spec, config: float } })).toMatchObject({ kind: 'failed', error: { code: 'CONFLICT' } })
  })
})
