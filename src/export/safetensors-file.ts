import { z } from 'zod'
import { decodeHeader } from '../models/weights/safetensors-header'
import { parametersOf } from '../models/parameter-list'
import { stateDictShape } from '../models/state-dict-layout'
import { codeBytes, packBitPlanes, packKernelPlanes, unpackBitPlanes, unpackKernelPlanes } from './bit-planes'
import type { IntegerGrid } from './integer-grid'
import type { ActivationQuantizer, FloatTensor, IntegerModel, IntegerWeight, NormFactors } from './integer-model'
import { codesName, KernelBits, type Manifest, manifestEntries, manifestOf, networkOf, type Provenance } from './manifest'

const Bits = z.int().min(1).max(32)
/** What a `.safetensors` file says beside its tensors about every quantizer and how to read its codes. */
const Described = z.object({
  /** How codes lie in their bytes. */
  codes: z.string(),
  weights: z.array(z.object({ layer: z.string(), bits: Bits, kernelBits: KernelBits.optional(), signed: z.boolean(), shape: z.array(z.int().min(0)) })),
  activations: z.array(z.object({ id: z.string(), points: z.array(z.string()), bits: Bits, signed: z.boolean() })),
})
const DESCRIPTION_KEY = 'fracbits_quantizers'
const CODES =
  "bit-planes, lowest bit first: numpy.unpackbits(bytes, bitorder='little')[:bits * count].reshape(bits, count); two's complement where signed; weight = (code - zero_point) / factor, output channels first; where a weight has kernelBits, a width for each output channel, the bits of the channels of the least width come first, then those of the next, each as bit-planes"

/** Columns of an activation's `grid`, one row a channel: a value is (clip(x, low, high) - low) * factor - (zero_point - lowest), rounded, / factor. */
const GRID_COLUMNS = ['factor', 'zeroPoint', 'lowest', 'highest', 'low', 'high'] as const

interface Stored {
  readonly name: string
  readonly dtype: 'F32' | 'I32' | 'U8'
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

const bytesOf = (values: Float32Array | Int32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** Every tensor of the integer model: packed codes, factors and zero points of weights, grids of activations, batch norms, what stays float. */
export function safetensorsFile(model: IntegerModel, provenance: Provenance): Uint8Array {
  const weights = [...model.weights.values()]
  const floats = (name: string, data: Float32Array, shape: readonly number[] = [data.length]): Stored => ({
    name,
    dtype: 'F32',
    shape,
    data: bytesOf(data),
  })
  const tensors: Stored[] = [
    ...weights.flatMap(({ layer, codes, bits, kernelBits, factor, zeroPoint }): Stored[] => {
      const packed = kernelBits === null ? packBitPlanes(codes, bits) : packKernelPlanes(codes, kernelBits)
      return [
        { name: codesName(layer), dtype: 'U8', shape: [packed.length], data: packed },
        floats(`${layer}.weight.factor`, factor),
        { name: `${layer}.weight.zero_point`, dtype: 'I32', shape: [zeroPoint.length], data: bytesOf(zeroPoint) },
      ]
    }),
    ...model.activations.map(({ id, grids }) =>
      floats(`${id}.grid`, Float32Array.from(grids.flatMap((grid) => GRID_COLUMNS.map((column) => grid[column]))), [
        grids.length,
        GRID_COLUMNS.length,
      ]),
    ),
    ...[...model.norms].flatMap(([id, { slope, offset }]) => [floats(`${id}.slope`, slope), floats(`${id}.offset`, offset)]),
    ...[...model.floats].map(([name, { shape, data }]) => floats(name, data, shape)),
  ].sort((a, b) => alignment(b) - alignment(a))
  const description: z.infer<typeof Described> = {
    codes: CODES,
    weights: weights.map(({ layer, bits, kernelBits, signed, shape }) => ({ layer, bits, ...(kernelBits === null ? {} : { kernelBits: [...kernelBits] }), signed, shape: [...shape] })),
    activations: model.activations.map(({ id, points, bits, signed }) => ({ id, points: [...points], bits, signed })),
  }
  const manifest = manifestOf(model, 'safetensors', provenance, tensors, Buffer.from(JSON.stringify(description)))
  return encoded(tensors, { ...manifestEntries(manifest), [DESCRIPTION_KEY]: JSON.stringify(description) })
}

/** Four-byte elements come first, so that they are aligned. */
const alignment = ({ dtype }: Stored): number => (dtype === 'U8' ? 1 : 4)

function encoded(tensors: readonly Stored[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let offset = 0
  const entries = tensors.map(({ name, dtype, shape, data }) => {
    const begin = offset
    offset += data.length
    return [name, { dtype, shape, data_offsets: [begin, offset] }] as const
  })
  const json = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }))
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ')
  header.writeBigUInt64LE(BigInt(header.length - 8))
  json.copy(header, 8)
  return Buffer.concat([header, ...tensors.map(({ data }) => data)])
}

export interface SafetensorsParts {
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: ReadonlyMap<string, Uint8Array>
  readonly shapes: ReadonlyMap<string, readonly number[]>
  /** The text that the manifest's `rest` is the hash of. */
  readonly description: string
}

/** Throws a RangeError that says what is wrong. */
export function readSafetensors(file: Buffer): SafetensorsParts {
  const header = decodeHeader(file)
  const tensors = [...header.tensors].map(
    ([name, { begin, end }]) => [name, file.subarray(header.dataStart + begin, header.dataStart + end)] as const,
  )
  const shapes = new Map([...header.tensors].map(([name, { shape }]) => [name, shape]))
  return { metadata: header.metadata, tensors: new Map(tensors), shapes, description: header.metadata[DESCRIPTION_KEY] ?? '' }
}

/** The integer model that a whole file holds. Throws a RangeError where it is not complete. */
export function modelFromSafetensors(parts: SafetensorsParts, manifest: Manifest): IntegerModel {
  const described = descriptionOf(parts)
  const network = networkOf(manifest)
  const bytes = (name: string): Uint8Array => {
    const found = parts.tensors.get(name)
    if (found === undefined) throw new RangeError(`it has no tensor "${name}"`)
    return Uint8Array.from(found)
  }
  const floats = (name: string): Float32Array => new Float32Array(bytes(name).buffer)
  const shapes = new Map(parametersOf(network).map((info) => [info.name, stateDictShape(info)]))
  const sized = (name: string, shape: readonly number[]): void => {
    const wanted = shapes.get(name)
    if (String(shape) !== String(wanted))
      throw new RangeError(`"${name}" has the shape [${shape.join(', ')}] instead of [${(wanted ?? []).join(', ')}]`)
  }
  const weights = described.weights.map(({ layer, bits, kernelBits = null, signed, shape }): IntegerWeight => {
    sized(`${layer}.weight`, shape)
    const packed = bytes(codesName(layer))
    const count = shape.reduce((product, size) => product * size, 1)
    if (kernelBits !== null && kernelBits.length !== shape[0]) throw new RangeError(`"${layer}" has ${kernelBits.length} widths for ${shape[0] ?? 0} output channels`)
    const wanted = codeBytes(count, bits, kernelBits)
    if (packed.length !== wanted) throw new RangeError(`"${layer}" has ${packed.length} bytes of codes instead of ${wanted}`)
    const codes = kernelBits === null ? unpackBitPlanes(packed, count, bits, signed) : unpackKernelPlanes(packed, count, kernelBits, signed)
    return {
      layer,
      bits,
      kernelBits,
      signed,
      shape,
      codes,
      factor: floats(`${layer}.weight.factor`),
      zeroPoint: new Int32Array(bytes(`${layer}.weight.zero_point`).buffer),
    }
  })
  const activations = described.activations.map(({ id, points, bits, signed }): ActivationQuantizer => {
    const values = floats(`${id}.grid`)
    const rows = values.length / GRID_COLUMNS.length
    return { id, points, bits, signed, grids: Array.from({ length: rows }, (_, row) => gridAt(values, row * GRID_COLUMNS.length)) }
  })
  const norms = new Map<string, NormFactors>()
  for (const { id, kind } of network.layers)
    if (kind === 'batch-norm') norms.set(id, { slope: floats(`${id}.slope`), offset: floats(`${id}.offset`) })
  const others = [...parts.tensors.keys()].filter((name) => /\.(weight|bias|running_mean|running_var)$/.test(name))
  const kept = new Map(others.map((name): [string, FloatTensor] => [name, { shape: parts.shapes.get(name) ?? [], data: floats(name) }]))
  for (const [name, { shape }] of kept) sized(name, shape)
  const quantized = new Set(weights.map(({ layer }) => `${layer}.weight`))
  for (const name of shapes.keys()) if (!kept.has(name) && !quantized.has(name)) throw new RangeError(`it has no tensor "${name}"`)
  return {
    network,
    mean: manifest.mean,
    std: manifest.std,
    weights: new Map(weights.map((weight) => [weight.layer, weight])),
    activations,
    floats: kept,
    norms,
  }
}

function descriptionOf({ description }: SafetensorsParts): z.infer<typeof Described> {
  try {
    return Described.parse(JSON.parse(description))
  } catch (cause) {
    throw new RangeError('what it says about its quantizers is damaged', { cause })
  }
}

function gridAt(values: Float32Array, start: number): IntegerGrid {
  const [factor = 0, zeroPoint = 0, lowest = 0, highest = 0, low = 0, high = 0] = values.subarray(start, start + GRID_COLUMNS.length)
  return { factor, zeroPoint, lowest, highest, low, high }
}
