import { z } from 'zod'
import { RunId } from './entities'
import { ErrorShape } from './errors'
import { DatasetName } from './models'
import { TrainerSpec } from './trainer-messages'
import { WeightHistogram } from './weight-histogram'
import { WhatIfEvaluation } from './what-if'

/**
 * `onnx`: standard operators, weights at their true width; `qonnx`: Quant nodes; `safetensors`: codes, factors and widths as tensors;
 * `tfjs`: a zip of what `tf.loadGraphModel` of TensorFlow.js loads in a browser, weights at 8 or 16 bits.
 */
export const EXPORT_FORMATS = ['onnx', 'qonnx', 'safetensors', 'tfjs'] as const
export const ExportFormat = z.enum(EXPORT_FORMATS)
export type ExportFormat = z.infer<typeof ExportFormat>

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** Sizes of an exported file. */
export const FileSize = z.object({
  sizeBytes: z.int(),
  /** Sum of weights x bit-width over quantized layers: the size that a run claims. */
  payloadBits: z.int(),
  /** Bytes that hold those weights in the file. */
  payloadBytes: z.int(),
  /** The same weights at 8 bits divided by `payloadBits`. */
  rate: z.number(),
})
export type FileSize = z.infer<typeof FileSize>

/**
 * What a check of an exported file found. `same`: at most one image in 10,000 is predicted otherwise than by the trainer's integer model;
 * `close`: at most one in 1,000; `differs`: more; `unchecked`: intact, but there was nothing to compare with; `wrong`: see `problems`.
 */
export const Verification = z.object({
  verdict: z.enum(['same', 'close', 'differs', 'unchecked', 'wrong']),
  /** Sentences, each naming one thing that is wrong. */
  problems: z.array(z.string()),
  file: z.string(),
  format: ExportFormat.nullable(),
  sha256: Sha256,
  /** Null where the file could not be read. */
  size: FileSize.nullable(),
  /** Where the logits came from: `trainer` evaluated the checkpoint for this check, `recorded` did so when the file was made. */
  against: z.enum(['trainer', 'recorded', 'nothing']),
  comparison: z
    .object({
      images: z.int(),
      equal: z.int(),
      /** Largest difference between two logits. */
      largestDifference: z.number(),
      /** Percent of the images, by the file and by the trainer's integer model; null without labels. */
      top1: z.number(),
      referenceTop1: z.number(),
    })
    .nullable(),
  /** Accuracy of the file alone, where there was nothing to compare with. */
  accuracy: z.object({ images: z.int(), top1: z.number() }).nullable(),
  runtime: z.string(),
  checkedAt: z.int(),
})
export type Verification = z.infer<typeof Verification>

/** A file that was made from a run. */
export const ExportRecord = z.object({
  id: z.int(),
  runId: RunId,
  format: ExportFormat,
  /** Absolute. */
  file: z.string(),
  sha256: Sha256,
  size: FileSize,
  /** Checkpoint that it was made from. */
  checkpointSha256: Sha256,
  createdAt: z.int(),
  verification: Verification.nullable(),
})
export type ExportRecord = z.infer<typeof ExportRecord>

/** Work for a process of its own that ends with its answer. Paths are absolute. */
export const Job = z.discriminatedUnion('kind', [
  /** Writes the integer model of `spec.resumeFrom` to `file` and the trainer's logits of it to `reference`. */
  z.object({ kind: z.literal('export'), spec: TrainerSpec, format: ExportFormat, file: z.string(), reference: z.string(), version: z.string() }),
  /** Evaluates the checkpoint with other integer widths, one a quantizer. */
  z.object({ kind: z.literal('evaluate'), spec: TrainerSpec, widths: z.array(z.int().min(2).max(16)) }),
  /** Says how the weights of a checkpoint lie on their grids. */
  z.object({ kind: z.literal('weights'), spec: TrainerSpec }),
  /** Writes the logits alone. */
  z.object({ kind: z.literal('reference'), spec: TrainerSpec, reference: z.string() }),
  /** Knows nothing of training: reads the file, runs it, compares. */
  z.object({
    kind: z.literal('verify'),
    file: z.string(),
    expectedSha256: Sha256.nullable(),
    /** Null takes no images: then only the file's integrity is checked. */
    data: z.object({ dir: z.string(), name: DatasetName.nullable(), limit: z.int().nullable() }).nullable(),
    reference: z.object({ file: z.string(), origin: z.enum(['trainer', 'recorded']) }).nullable(),
  }),
])
export type Job = z.infer<typeof Job>

export const JobAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('exported'), sha256: Sha256, size: FileSize }),
  z.object({ kind: z.literal('referenced'), images: z.int() }),
  z.object({ kind: z.literal('evaluated'), evaluation: WhatIfEvaluation }),
  z.object({ kind: z.literal('weights'), layers: z.array(WeightHistogram) }),
  z.object({ kind: z.literal('verified'), verification: Verification }),
  z.object({ kind: z.literal('failed'), error: ErrorShape }),
])
export type JobAnswer = z.infer<typeof JobAnswer>
