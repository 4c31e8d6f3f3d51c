import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ExportFormat, type FileSize } from '../contract/exports'
import { DatasetName, ModelName } from '../contract/models'
import { evaluatedNetwork } from '../models/evaluated-network'
import type { NetworkDefinition } from '../models/layers'
import { buildNetwork } from '../models/registry'
import { codeBits, codeBytes } from './bit-planes'
import type { IntegerModel } from './integer-model'

/** Keys of an exported file's metadata: the manifest as JSON, and the sha256 of that text. */
export const MANIFEST_KEY = 'fracbits_manifest'
export const MANIFEST_HASH_KEY = 'fracbits_manifest_sha256'

/** Widths of the codes of each output channel. */
export const KernelBits = z.array(z.int().min(1).max(32)).min(1)

/** What an exported file says about itself; all that a check needs that knows nothing of the run. */
export const Manifest = z.object({
  /** 2 where output channels of a weight differ in width, which older programs do not know. */
  version: z.union([z.literal(1), z.literal(2)]),
  producer: z.string(),
  format: ExportFormat,
  run: z.string(),
  checkpointSha256: z.string(),
  model: ModelName,
  /** What else the network is built from. */
  classes: z.int(),
  widthMult: z.number(),
  transformInput: z.boolean(),
  dataset: DatasetName,
  /** Validation images that the run used; null for all. */
  limit: z.int().nullable(),
  /** Places of the validation images that the run left out, among all as they are listed; `limit` counts what stays. */
  excluded: z.array(z.int()).default([]),
  /** How image files become pixels. */
  decoding: z.object({ applyExifOrientation: z.boolean(), scaleGrey16: z.boolean() }).default({ applyExifOrientation: false, scaleGrey16: false }),
  classNames: z.array(z.string()),
  /** Height, width, channels. */
  input: z.array(z.int()).length(3),
  mean: z.array(z.number()),
  std: z.array(z.number()),
  /** Quantized weights: the tensor that holds their codes, how many there are, and their width; where output channels differ, the width of each. */
  weights: z.array(z.object({ layer: z.string(), tensor: z.string(), elements: z.int(), bits: z.int(), kernelBits: KernelBits.optional() })),
  activations: z.array(z.object({ point: z.string(), bits: z.int() })),
  /** sha256 of the bytes of every tensor, by name. */
  tensors: z.record(z.string(), z.string()),
  /** sha256 of everything else in the file but metadata: operators, shapes, types. */
  rest: z.string(),
})
export type Manifest = z.infer<typeof Manifest>

/** What a run says about a file that is made of it. */
export type Provenance = Pick<
  Manifest,
  'run' | 'checkpointSha256' | 'model' | 'classes' | 'widthMult' | 'transformInput' | 'dataset' | 'limit' | 'excluded' | 'decoding' | 'classNames'
> & { readonly appVersion: string }

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

export const codesName = (layer: string): string => `${layer}.weight.codes`

export function manifestOf(
  model: IntegerModel,
  format: ExportFormat,
  { appVersion, ...provenance }: Provenance,
  tensors: readonly { readonly name: string; readonly data: Uint8Array }[],
  rest: Uint8Array,
): Manifest {
  return {
    version: [...model.weights.values()].some(({ kernelBits }) => kernelBits !== null) ? 2 : 1,
    producer: `FracBits Studio ${appVersion}`,
    format,
    ...provenance,
    input: [...model.network.input],
    mean: [...model.mean],
    std: [...model.std],
    weights: [...model.weights.values()].map(({ layer, codes, bits, kernelBits }) => ({ layer, tensor: codesName(layer), elements: codes.length, bits, ...(kernelBits === null ? {} : { kernelBits: [...kernelBits] }) })),
    activations: model.activations.map(({ id, bits }) => ({ point: id, bits })),
    tensors: Object.fromEntries(tensors.map(({ name, data }) => [name, sha256(data)])),
    rest: sha256(rest),
  }
}

/** The network that a manifest names, without an auxiliary head. */
export function networkOf({ input, model, classes, widthMult, transformInput }: Manifest): NetworkDefinition {
  const [height = 1, width = 1, channels = 1] = input
  const config = { model, num_classes: classes, model_params: { width_mult: widthMult, transform_input: transformInput } }
  return evaluatedNetwork(buildNetwork(config, { height, width, channels }))
}

/** The manifest as metadata of a file. */
export function manifestEntries(manifest: Manifest): Record<string, string> {
  const text = JSON.stringify(manifest)
  return { [MANIFEST_KEY]: text, [MANIFEST_HASH_KEY]: sha256(text) }
}

/** Bytes that the codes of a weight take in a file: QONNX has them as floats, TF.js in one byte or two each, the others at their width. */
export function storedCodeBytes(format: ExportFormat, elements: number, bits: number, kernelBits: readonly number[] | null): number {
  if (format === 'qonnx') return 4 * elements
  return format === 'tfjs' ? (bits > 8 ? 2 : 1) * elements : codeBytes(elements, bits, kernelBits)
}

/** `bytesOf` gives the size of the tensor that holds a layer's codes. */
export function sizeOf(manifest: Manifest, fileBytes: number, bytesOf: (tensor: string) => number): FileSize {
  const payloadBits = manifest.weights.reduce((sum, { elements, bits, kernelBits = null }) => sum + codeBits(elements, bits, kernelBits), 0)
  const int8Bits = manifest.weights.reduce((sum, { elements }) => sum + 8 * elements, 0)
  const payloadBytes = manifest.weights.reduce((sum, { tensor }) => sum + bytesOf(tensor), 0)
  return { sizeBytes: fileBytes, payloadBits, payloadBytes, rate: payloadBits === 0 ? 1 : int8Bits / payloadBits }
}
