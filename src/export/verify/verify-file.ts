import { readFile } from 'node:fs/promises'
import { StudioError } from '../../contract/errors'
import type { Job, Verification } from '../../contract/exports'
import { type Manifest, sha256, sizeOf } from '../manifest'
import { onnxFile } from '../onnx/onnx-file'
import { readReference } from '../reference-file'
import { modelFromSafetensors, readSafetensors } from '../safetensors-file'
import { accuracyOf, compareLogits, verdictOf } from './compare-logits'
import { integrityProblems, manifestIn } from './integrity'
import { type FileParts, readOnnx } from '../onnx/read-onnx'
import { runOnImages, runtimeName } from './run-images'

type VerifyJob = Extract<Job, { kind: 'verify' }>

/** A safetensors file begins with the length of a JSON header. */
const isSafetensors = (file: Buffer): boolean => file[8] === 0x7b

function partsOf(file: Buffer): FileParts {
  if (!isSafetensors(file)) return readOnnx(file)
  const { metadata, tensors, description } = readSafetensors(file)
  return { metadata, tensors, rest: Buffer.from(description) }
}

/** Checks an exported file: whole and unchanged, of the size it claims, and with the predictions of the trainer's integer model. */
export async function verifyFile(job: VerifyJob, now: () => number = Date.now): Promise<Verification> {
  const file = await whole(job.file)
  const hash = sha256(file)
  const nothing: Verification = {
    verdict: 'wrong',
    problems: [],
    file: job.file,
    format: null,
    sha256: hash,
    size: null,
    against: 'nothing',
    comparison: null,
    accuracy: null,
    runtime: runtimeName(),
    checkedAt: now(),
  }
  const changed =
    job.expectedSha256 === null || job.expectedSha256 === hash ? [] : [`It is not the file that was exported: its sha256 was ${job.expectedSha256}.`]
  let parts: FileParts
  try {
    parts = partsOf(file)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    return { ...nothing, problems: [...changed, `It cannot be read: it was cut off or damaged (${cause.message}).`] }
  }
  const { manifest, problems: manifestProblems } = manifestIn(parts)
  if (manifest === null) return { ...nothing, problems: [...changed, ...manifestProblems] }
  const problems = [...changed, ...manifestProblems, ...integrityProblems(parts, manifest)]
  const known = {
    ...nothing,
    format: manifest.format,
    size: sizeOf(manifest, file.length, (tensor) => parts.tensors.get(tensor)?.length ?? 0),
    problems,
  }
  if (problems.length > 0) return known
  if (job.data === null) return { ...known, verdict: 'unchecked' }
  try {
    return { ...known, ...(await behaviour(file, manifest, job, job.data)) }
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    return { ...known, problems: [`It, or the logits beside it, cannot be used: ${cause.message}.`] }
  }
}

async function behaviour(file: Buffer, manifest: Manifest, job: VerifyJob, data: NonNullable<VerifyJob['data']>): Promise<Partial<Verification>> {
  const { run, checkpointSha256, model, classes, widthMult, transformInput, dataset, limit, excluded, decoding, classNames } = manifest
  const provenance = { run, checkpointSha256, model, classes, widthMult, transformInput, dataset, limit, excluded, decoding, classNames, appVersion: '' }
  const runnable = manifest.format === 'safetensors' ? onnxFile(modelFromSafetensors(readSafetensors(file), manifest), provenance) : file
  const images = await runOnImages(runnable, manifest, data)
  if (job.reference === null) return { verdict: 'unchecked', accuracy: { images: images.images, top1: accuracyOf(images) } }
  const { info, logits } = await readReference(job.reference.file)
  if (info.checkpointSha256 !== checkpointSha256)
    return { verdict: 'wrong', problems: ['The logits to compare with belong to another checkpoint than the one that the file was made from.'] }
  const comparison = compareLogits(images, logits)
  return { verdict: verdictOf(comparison), against: job.reference.origin, comparison }
}

async function whole(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    throw new StudioError('NOT_FOUND', `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}. Name an exported file.`, {
      cause,
    })
  }
}
