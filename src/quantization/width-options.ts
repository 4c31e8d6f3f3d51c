import { StudioError } from '../contract/errors'
import { type CompressionConfig, type HardwareTable, targetRateOf, type WantedRate, type WidthOptions } from '../contract/training-config'
import type { NetworkDefinition } from '../models/layers'
import { bitOpsTerms } from './bit-operations'
import type { QuantizerSpec } from './quantizer-spec'
import { clampedWidth } from './round-widths'

/** What the configuration says about the widths of all quantizers. */
export interface WidthWishes {
  readonly bit_widths?: WidthOptions | undefined
  readonly hardware_table?: HardwareTable | undefined
  readonly loss?: WantedRate
  /** `quantization` keeps all widths, so that kernels need none of their own; left out, they are learned. */
  readonly algorithm?: CompressionConfig['algorithm'] | undefined
}

/** Weights and activations of a grid with a level bit less need one bit more for the same levels. */
const lowestOf = ({ halfRange }: Pick<QuantizerSpec, 'halfRange'>): number => (halfRange ? 3 : 2)

function refusal(path: string, message: string): StudioError {
  return new StudioError('CONFIG_INVALID', message, { issues: [{ path, message }] })
}

/** Indices of the quantizers of the first and last layer with weights, and of what these read. */
function firstAndLast(network: NetworkDefinition, specs: readonly QuantizerSpec[]): ReadonlySet<number> {
  const terms = bitOpsTerms(network, specs)
  return new Set([terms.at(0), terms.at(-1)].flatMap((term) => (term === undefined ? [] : [term.weight, ...(term.input === null ? [] : [term.input])])))
}

/** Output channels of the layer that owns a weight. */
function outputChannels(network: NetworkDefinition, { layer: id }: QuantizerSpec): number {
  const layer = network.layers.find((one) => one.id === id)
  if (layer?.kind !== 'conv' && layer?.kind !== 'linear') throw new RangeError(`"${id}" has no weight`)
  return layer.shape[2]
}

/**
 * Bounds, allowed widths and starting widths as the configuration asks for them: first those of the device, then `compression.bit_widths`, then the
 * first and last layer. Kernel-wise, weights whose width is not pinned get one an output channel. Throws CONFIG_INVALID where they leave no width, or one that a quantizer cannot have.
 */
export function withWidthWishes(specs: readonly QuantizerSpec[], network: NetworkDefinition, { bit_widths: options, hardware_table: table, loss, algorithm }: WidthWishes): QuantizerSpec[] {
  if (options === undefined && table === undefined) return [...specs]
  const unknown = Object.keys(options?.fixed ?? {}).find((id) => !specs.some((spec) => spec.id === id))
  if (unknown !== undefined) throw refusal('compression.bit_widths.fixed', `There is no quantizer "${unknown}" in this network. Name one that there is, such as ${specs[0]?.id ?? 'none'}.`)
  const initialBits = specs.reduce((sum, spec) => sum + spec.elements * spec.initialBits, 0)
  const targetRate = loss === undefined ? 1 : targetRateOf(loss, initialBits)
  const pinned = options?.first_last_bits === undefined ? new Set<number>() : firstAndLast(network, specs)
  const isKernelWise = options?.granularity === 'kernel' && algorithm !== 'quantization'
  return specs.map((spec, index): QuantizerSpec => {
    const ofDevice = table === undefined ? undefined : spec.kind === 'weight' ? table.weight_bits : table.activation_bits
    const bounds = ofDevice === undefined ? spec : { minBits: ofDevice[0] ?? spec.minBits, maxBits: ofDevice.at(-1) ?? spec.maxBits }
    let minBits = table === undefined ? (options?.min ?? bounds.minBits) : Math.max(bounds.minBits, options?.min ?? 0)
    let maxBits = table === undefined ? (options?.max ?? bounds.maxBits) : Math.min(bounds.maxBits, options?.max ?? Number.POSITIVE_INFINITY)
    const own = options?.fixed?.[spec.id]
    const uniform = own ?? (spec.kind === 'weight' ? options?.weight_bits : options?.activation_bits)
    if (uniform !== undefined) minBits = maxBits = uniform
    if (own === undefined && pinned.has(index) && options?.first_last_bits !== undefined) minBits = maxBits = options.first_last_bits
    const allowedBits = ofDevice?.filter((bits) => bits >= minBits && bits <= maxBits)
    if (minBits > maxBits || allowedBits?.length === 0)
      throw refusal('compression.bit_widths', `${spec.id} is left with no width: the device has ${String(ofDevice)}, and ${String(minBits)} to ${String(maxBits)} bits are asked for. Widen the bounds.`)
    const lowest = lowestOf(spec)
    if (minBits < lowest)
      throw refusal('compression.overflow_fix', `${spec.id} may fall to ${String(minBits)} bits, of which the overflow fix leaves no level to use. Set compression.overflow_fix to "disable", or the least width to ${String(lowest)}.`)
    const kernels = isKernelWise && spec.kind === 'weight' && minBits < maxBits ? outputChannels(network, spec) : undefined
    const limited = { ...spec, minBits, maxBits, ...(allowedBits === undefined ? {} : { allowedBits }), ...(kernels === undefined ? {} : { kernels }) }
    return { ...limited, startBits: clampedWidth(limited, startOf(spec, options, loss, targetRate)) }
  })
}

/** The paper starts half a bit above the width that would meet the target if every layer had it. */
const ABOVE_TARGET_BITS = 0.5

function startOf({ initialBits, kind }: QuantizerSpec, options: WidthOptions | undefined, loss: WidthWishes['loss'], targetRate: number): number {
  if (options?.initial !== undefined) return options.initial
  if (options?.start_at_target !== true || loss === undefined) return initialBits
  // Bit operations are a product: both widths share what is to be saved. The size knows weights only.
  if ((loss.type ?? 'model_size') === 'model_size') return kind === 'weight' ? initialBits / targetRate + ABOVE_TARGET_BITS : initialBits
  return initialBits / Math.sqrt(targetRate) + ABOVE_TARGET_BITS
}
