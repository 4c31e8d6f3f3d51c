import { readFile } from 'node:fs/promises'
import { StudioError } from '../../contract/errors'
import type { Job, Verification } from '../../contract/exports'
import { costOf } from '../../models/cost'
import { type Manifest, networkOf, sha256, sizeOf } from '../manifest'
import { onnxFile } from '../onnx/onnx-file'
import { readReference } from '../reference-file'
import type { Session } from '../session'
import { modelFromSafetensors, readSafetensors } from '../safetensors-file'
import { accuracyOf, compareLogits, verdictOf } from './compare-logits'
import { integrityProblems, manifestIn } from './integrity'
import { type FileParts, readOnnx } from '../onnx/read-onnx'
import { readTfjs } from '../tfjs/read-tfjs'
import { onnxRuntimeName, onnxSession, runOnImages } from './run-images'

type VerifyJob = Extract<Job, { kind: 'verify' }>

/** A safetensors file begins with the length of a JSON header. */
const isSafetensors = (file: Buffer): boolean => file[8] === 0x7b

/** An export for TF.js is a zip archive. */
const isZip = (file: Buffer): boolean => file.length >= 4 && file.readUInt32LE(0) === 0x04034b50

function partsOf(file: Buffer): FileParts {
  if (isZip(file)) return readTfjs(file)
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
    runtime: onnxRuntimeName(),
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
  const sessionOf = (): Promise<Session> => onnxSession(manifest.format === 'safetensors' ? onnxFile(modelFromSafetensors(readSafetensors(file), manifest), provenance) : file)
  const { session, runtime, most } = manifest.format === 'tfjs' ? await inTfjs(file, manifest) : { session: await sessionOf(), runtime: onnxRuntimeName(), most: Infinity }
  const images = await runOnImages(session, manifest, data, most)
  if (job.reference === null) return { verdict: 'unchecked', runtime, accuracy: { images: images.images, top1: accuracyOf(images) } }
  const { info, logits } = await readReference(job.reference.file)
  if (info.checkpointSha256 !== checkpointSha256)
    return { verdict: 'wrong', problems: ['The logits to compare with belong to another checkpoint than the one that the file was made from.'] }
  const comparison = compareLogits(images, logits)
  return { verdict: verdictOf(comparison), against: job.reference.origin, runtime, comparison }
}

/** TF.js computes on one core of the processor: so many products of weights are a matter of minutes. */
const MOST_PRODUCTS = 1e12

/** TF.js is loaded for its files alone. */
async function inTfjs(file: Buffer, manifest: Manifest): Promise<{ session: Session; runtime: string; most: number }> {
  const { tfjsName, tfjsSession } = await import('../tfjs/tfjs-runtime')
  const { macs } = costOf(networkOf(manifest))
  return { session: await tfjsSession(file), runtime: tfjsName(), most: Math.max(1, Math.floor(MOST_PRODUCTS / macs)) }
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
