import { z } from 'zod'
import { RunId, RunStatus } from './entities'
import { ConfigIssue } from './errors'

/** `preset:<file name>` is shipped and read only, `own:<id>` lies in the workspace, `run:<run id>` is what a run was started with. */
export const ConfigId = z.string().regex(/^(preset:[\w.-]{1,120}|(own|run):[0-9a-z]{8,32})$/)
export type ConfigId = z.infer<typeof ConfigId>

export const ConfigKind = z.enum(['preset', 'own', 'run'])
export type ConfigKind = z.infer<typeof ConfigKind>

/** A text is JSON with comments, at most this many characters. */
export const ConfigText = z.string().max(1_000_000)

/** One run that was started with a configuration, and what it reached. */
export const ConfigUse = z.object({
  runId: RunId,
  name: z.string(),
  status: RunStatus,
  createdAt: z.int(),
  /** Percent, by the mixed-precision model; null where the run has no such result. */
  top1: z.number().nullable(),
  /** INT8 size / size. */
  rate: z.number().nullable(),
})
export type ConfigUse = z.infer<typeof ConfigUse>

export const ConfigSummary = z.object({
  id: ConfigId,
  kind: ConfigKind,
  name: z.string(),
  description: z.string(),
  /** As far as the text can be read. */
  model: z.string().nullable(),
  dataset: z.string().nullable(),
  targetRate: z.number().nullable(),
  /** Findings that keep it from being run. */
  problems: z.int(),
  /** When it was last saved; null for presets. */
  updatedAt: z.int().nullable(),
  /** There are edits that were not saved yet. */
  hasDraft: z.boolean(),
  useCount: z.int(),
  /** Of the runs with it the one with the best accuracy, else the newest. */
  bestUse: ConfigUse.nullable(),
})
export type ConfigSummary = z.infer<typeof ConfigSummary>

/** One saved state of an own configuration; the newest has the highest number. */
export const ConfigVersion = z.object({ version: z.int(), createdAt: z.int(), text: z.string() })
export type ConfigVersion = z.infer<typeof ConfigVersion>

export const ConfigDetail = z.object({
  id: ConfigId,
  kind: ConfigKind,
  name: z.string(),
  /** As last saved. */
  text: z.string(),
  /** Edits that were not saved yet. */
  draft: z.object({ text: z.string(), updatedAt: z.int() }).nullable(),
  /** Newest first; empty for presets and runs. */
  versions: z.array(ConfigVersion),
  /** Newest first. */
  uses: z.array(ConfigUse),
})
export type ConfigDetail = z.infer<typeof ConfigDetail>

/** A quantizer before anything has run. */
export const QuantizerOutline = z.object({
  id: z.string(),
  mode: z.enum(['symmetric', 'asymmetric']),
  perChannel: z.boolean(),
  initialBits: z.int(),
  minBits: z.int(),
  maxBits: z.int(),
  /** Output channels that each learn a width; absent where the quantizer has one. */
  kernels: z.int().optional(),
  /** One level bit less is used: 8 bits have the levels of 7. */
  halfRange: z.boolean(),
})
export type QuantizerOutline = z.infer<typeof QuantizerOutline>

export const LayerOutline = z.object({
  id: z.string(),
  kind: z.string(),
  /** Ids of the layers it reads; `input` is the image. */
  inputs: z.array(z.string()),
  /** Height, width, channels of its output. */
  shape: z.tuple([z.int(), z.int(), z.int()]),
  /** Trainable values. */
  parameters: z.int(),
  /** Elements of its weight alone, which is what model size counts. */
  weightElements: z.int(),
  /** Multiply-accumulate operations per image. */
  macs: z.number(),
  /** Its MACs times the widths of weight and input that quantizers start from; 0 where the weight is not quantized. */
  bitOperations: z.number(),
  weight: QuantizerOutline.nullable(),
  /** Quantizer of its output, for all readers or for one. */
  activation: QuantizerOutline.nullable(),
})
export type LayerOutline = z.infer<typeof LayerOutline>

/** A network with its quantizers, as a configuration describes it. Sizes are in bits and count quantized weights. */
export const NetworkOutline = z.object({
  layers: z.array(LayerOutline),
  /** Quantizer of the image, if it has one. */
  input: QuantizerOutline.nullable(),
  parameterCount: z.int(),
  macs: z.number(),
  quantizerCount: z.int(),
  /** Multiply-accumulates by layer with quantized weights: ids of the quantizers of the weight and of what it reads. */
  multiplications: z.array(z.object({ macs: z.number(), weight: z.string(), input: z.string().nullable() })),
  size: z.object({
    fp32: z.number(),
    /** At the widths that quantizers start from. */
    initial: z.number(),
    smallest: z.number(),
    largest: z.number(),
    target: z.number().nullable(),
  }),
  /** Bit operations per image of the layers with quantized weights: MACs x width of the weight x width of the input. */
  bitOperations: z.object({
    initial: z.number(),
    smallest: z.number(),
    largest: z.number(),
    /** Null where the configuration makes something else smaller. */
    target: z.number().nullable(),
  }),
  /** Sum over layers of (share of all quantized weights) squared: 1 where one layer has them all. */
  concentration: z.number(),
})
export type NetworkOutline = z.infer<typeof NetworkOutline>

/** What earlier runs on this machine let expect. */
export const CostForecast = z.object({
  /** Null where the number of images is not known. */
  secondsPerEpoch: z.number().nullable(),
  imagesPerSecond: z.number(),
  residentBytes: z.number().nullable(),
  /** How many runs it is taken from. */
  runs: z.int(),
  /** `same`: same model, input and batch size; `similar`: same model, scaled by the work of one image. */
  basis: z.enum(['same', 'similar']),
})
export type CostForecast = z.infer<typeof CostForecast>

export const ConfigPreview = z.object({
  /** Null where the text cannot be used; `issues` say why. */
  network: NetworkOutline.nullable(),
  issues: z.array(ConfigIssue),
  /** Null where nothing comparable has run here. */
  forecast: CostForecast.nullable(),
})
export type ConfigPreview = z.infer<typeof ConfigPreview>
