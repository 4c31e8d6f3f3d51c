import { StudioError, toErrorShape } from '../contract/errors'
import { KERNEL_WISE_REFUSAL } from '../contract/what-if'
import type { Job, JobAnswer } from '../contract/exports'
import { exportedFile } from '../export/exported-file'
import { integerModel } from '../export/integer-model'
import { type Provenance, sha256 } from '../export/manifest'
import { type ReferenceInfo, writeReference } from '../export/reference-file'
import { allowedWidths } from '../quantization/round-widths'
import { isKernelWise } from '../quantization/width-layout'
import { writeFileAtomic } from '../util/atomic-write'
import { decodingOf } from './compatibility'
import { integerParts } from './integer-parts'
import { loadRun } from './run-checkpoint'
import { openRunParts, type RunParts } from './run-parts'
import { evaluate } from './run-passes'
import type { EngineState, Evaluation } from './training-engine'
import { weightHistograms } from './weight-histograms'

type ExportJob = Extract<Job, { kind: 'export' }>
type ReferenceJob = Extract<Job, { kind: 'reference' }>
type EvaluateJob = Extract<Job, { kind: 'evaluate' }>
type WeightsJob = Extract<Job, { kind: 'weights' }>
type Exported = Extract<JobAnswer, { kind: 'exported' }>

/** Logits beyond this are left out: a check then compares the first images only. */
const MAX_REFERENCE_BYTES = 128_000_000

/** The trainer's part of an export, of a check, or of an evaluation at other widths, and what a checkpoint tells of its weights. Never rejects: a failure is an answer. */
export async function runExportJob(job: ExportJob | ReferenceJob | EvaluateJob | WeightsJob): Promise<JobAnswer> {
  try {
    return job.kind === 'weights' ? { kind: 'weights', layers: await weightHistograms(job.spec) } : await execute(job)
  } catch (error) {
    return { kind: 'failed', error: toErrorShape(error) }
  }
}

async function execute(job: ExportJob | ReferenceJob | EvaluateJob): Promise<JobAnswer> {
  const { spec } = job
  const from = spec.resumeFrom
  if (from === null) throw new StudioError('CONFLICT', 'This run has no checkpoint yet. Let it train for a while, then export it.')
  if (!spec.config.compression)
    throw new StudioError('CONFLICT', 'This run trained in FP32 only, so that there are no quantizers to export. Train with a compression section.')
  const parts = await openRunParts(spec, () => undefined)
  try {
    const { state, run } = await loadRun(spec.folder, from, parts.built.variables, parts.config.model)
    if (!run.initialised)
      throw new StudioError('CONFLICT', 'The newest checkpoint lies before the quantizers were initialised. Let the run train on, then export it.')
    parts.engine.write(state, true)
    if (job.kind === 'evaluate') return { kind: 'evaluated', evaluation: await evaluateAt(parts, job.widths) }
    const exported = job.kind === 'export' ? await writeExport(job, parts, state, from.sha256) : null
    const images = await recordLogits(parts, job.reference, { checkpointSha256: from.sha256, fileSha256: exported?.sha256 ?? null })
    return exported ?? { kind: 'referenced', images }
  } finally {
    await parts.close()
  }
}

/** Of the integer model with other widths, on all validation images. */
async function evaluateAt(parts: RunParts, widths: readonly number[]): Promise<Evaluation> {
  if (isKernelWise(parts.specs)) throw new StudioError('CONFLICT', KERNEL_WISE_REFUSAL)
  const refused = parts.specs.find((spec, i) => !allowedWidths(spec).includes(widths[i] ?? 0))
  if (refused !== undefined || widths.length !== parts.specs.length)
    throw new StudioError('BAD_INPUT', `${refused?.id ?? 'The list of widths'} can't have this width. Choose one of ${refused === undefined ? 'as many as there are quantizers' : allowedWidths(refused).join(', ')}.`)
  parts.engine.write(new Map([['quantizers/bits', Float32Array.from(widths)]]))
  return evaluate(parts, 'integer-sums', () => Promise.resolve())
}

async function writeExport(
  { file, format, spec, version }: ExportJob,
  parts: RunParts,
  state: EngineState,
  checkpointSha256: string,
): Promise<Exported> {
  const { network, specs, dataset, config } = parts
  const model = integerModel({ network, specs, mean: dataset.mean, std: dataset.std, state, ...integerParts(network, specs, state) })
  const provenance: Provenance = {
    appVersion: version,
    run: spec.runId,
    checkpointSha256,
    model: config.model,
    classes: config.num_classes,
    widthMult: config.model_params.width_mult,
    transformInput: config.model_params.transform_input ?? config.pretrained ?? true,
    dataset: config.dataset,
    limit: config.data_limit?.validation ?? null,
    excluded: [...dataset.validation.excluded],
    decoding: decodingOf(parts.switches),
    classNames: [...dataset.classNames],
  }
  const { bytes, size } = exportedFile(model, format, provenance)
  await writeFileAtomic(file, bytes)
  return { kind: 'exported', sha256: sha256(bytes), size }
}

/** Logits of the integer model on the validation images, with exact sums; gives the number of images. */
async function recordLogits(
  { dataset, engine, config, evaluationBatchSize }: RunParts,
  file: string,
  about: Pick<ReferenceInfo, 'checkpointSha256' | 'fileSha256'>,
): Promise<number> {
  const classes = config.num_classes
  const images = Math.min(dataset.validation.count, Math.floor(MAX_REFERENCE_BYTES / (4 * classes)))
  const logits = new Float32Array(images * classes)
  const loader = dataset.pass({ split: 'validation', batchSize: evaluationBatchSize, limit: images })
  let offset = 0
  try {
    for (let batch = await loader.next(); batch !== null; batch = await loader.next()) {
      const values = engine.logits('integer-sums', batch)
      batch.release()
      logits.set(values.subarray(0, logits.length - offset), offset)
      offset += values.length
    }
  } finally {
    await loader.close()
  }
  await writeReference(file, logits, { ...about, images, classes })
  return images
}
