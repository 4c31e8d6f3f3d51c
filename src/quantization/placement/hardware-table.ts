import { StudioError } from '../../contract/errors'
import { isDepthwise, type Layer } from '../../models/layers'
import { INITIAL_BITS } from '../quantizer-spec'
import type { QuantizerOption } from './quantizer-option'

/**
 * What an operation means to quantizers (spec 6.2): `quantizable` wants its inputs quantized, values pass an `agnostic` one unchanged in
 * kind, a `concat` passes them on to all its inputs at once, and a `closed` one neither wants nor passes quantizers.
 */
export type Trait = 'quantizable' | 'agnostic' | 'concat' | 'closed'

/** What a device can do. */
export interface HardwareTable {
  readonly name: string
  /** How the inputs of an operation can be quantized, preferred first; null where the table does not know the operation. */
  activations(layer: Layer): readonly QuantizerOption[] | null
  /** How weights of convolutions and linear layers can be quantized. */
  readonly weights: readonly QuantizerOption[]
}

const options = (modes: readonly QuantizerOption['mode'][], perChannel: readonly boolean[], signed: boolean | null): QuantizerOption[] =>
  modes.flatMap((mode) => perChannel.map((channel) => ({ bits: INITIAL_BITS, mode, perChannel: channel, signed })))

const PER_TENSOR = options(['symmetric', 'asymmetric'], [false], null)
const PER_CHANNEL_TOO = options(['symmetric', 'asymmetric'], [true, false], null)

/** The CPU's table (spec 6.1): 8 bits; weights signed if symmetric; ranges per channel for weights and for inputs of depthwise convolutions. */
const CPU: HardwareTable = {
  name: 'CPU',
  activations(layer) {
    switch (layer.kind) {
      case 'conv':
        return isDepthwise(layer) ? PER_CHANNEL_TOO : PER_TENSOR
      case 'linear':
      case 'add':
      case 'add-scalar':
      case 'multiply-scalar':
      case 'average-pool':
      case 'global-average-pool':
        return PER_TENSOR
      default:
        return null
    }
  },
  weights: [...options(['symmetric'], [true, false], true), ...options(['asymmetric'], [true, false], null)],
}

/** Table of a configured device; null for `TRIAL`, which has none. Devices without a table here are refused. */
export function hardwareTable(device: string | undefined): HardwareTable | null {
  switch (device) {
    case undefined:
    case 'ANY':
    case 'CPU':
      return CPU
    case 'TRIAL':
      return null
    default: {
      const message = `target_device ${device} has no hardware table here. Use CPU (or ANY), or TRIAL for free bit-widths.`
      throw new StudioError('CONFIG_INVALID', message, { issues: [{ path: 'target_device', message, found: device }] })
    }
  }
}

/** Trait of an operation that runs for itself, not behind another in a fused chain (spec 6.2). It is the same with and without a table. */
export function traitOf(layer: Layer): Trait {
  switch (layer.kind) {
    case 'conv':
    case 'linear':
    case 'add':
    case 'add-scalar':
    case 'multiply-scalar':
    case 'average-pool':
    case 'global-average-pool':
      return 'quantizable'
    case 'batch-norm':
    case 'relu6':
      // No table knows these two, but they are quantized by default: relu6 is traced as hardtanh.
      return 'quantizable'
    case 'concat':
      return 'concat'
    case 'relu':
    case 'max-pool':
    case 'dropout':
    case 'select-channel':
      return 'agnostic'
  }
}
