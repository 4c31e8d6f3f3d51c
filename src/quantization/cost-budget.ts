import { type CompressionConfig, type HardwareTable, type SizeLossConfig, targetRateOf } from '../contract/training-config'
import { StudioError } from '../contract/errors'
import type { NetworkDefinition } from '../models/layers'
import { FLOAT_BITS } from '../contract/what-if'
import { bitOpsTerms } from './bit-operations'
import { costPerMac } from './hardware-cost'
import { kernelTermsOf } from './kernel-terms'
import type { QuantizerSpec } from './quantizer-spec'
import { widthSpecs } from './width-layout'

/** One summand of a cost: it depends on the width of one weight, and of what that weight is multiplied with. */
export interface CostTerm {
  /** Index of the weight's width, or of one of its kernels'. */
  readonly weight: number
  /** Index of the width of the values it reads; null where the term does not depend on their width. */
  readonly input: number | null
  /** At whole widths; `inputBits` counts only where there is an `input`. */
  cost(weightBits: number, inputBits: number): number
}

/** What integer widths may cost. */
export interface CostBudget {
  readonly kind: SizeLossConfig['type']
  readonly unit: string
  readonly terms: readonly CostTerm[]
  /** Cost at the initial (INT8) widths. */
  readonly initial: number
  /** `initial / targetRate`. */
  readonly limit: number
  readonly targetRate: number
}

/** Cost of whole widths: one a quantizer, or one for each of its kernels. */
export const costOfWidths = ({ terms }: Pick<CostBudget, 'terms'>, widths: ArrayLike<number>): number =>
  terms.reduce((sum, { weight, input, cost }) => sum + cost(widths[weight] ?? 0, input === null ? 0 : (widths[input] ?? 0)), 0)

/** The table of a configuration. Throws CONFIG_INVALID where a device was named, but its table is not there. */
export function hardwareTableOf({ hardware, hardware_table: table }: { readonly hardware?: string | undefined; readonly hardware_table?: HardwareTable | undefined }): HardwareTable | null {
  if (table !== undefined) return table
  if (hardware === undefined) return null
  const message = `The table of the device "${hardware}" was not read. Give its content as compression.hardware_table.`
  throw new StudioError('CONFIG_INVALID', message, { issues: [{ path: 'compression.hardware', message, found: hardware }] })
}

function termsOf(config: CompressionConfig, network: NetworkDefinition, specs: readonly QuantizerSpec[]): { terms: CostTerm[]; unit: string } {
  const { type } = config.loss
  if (type === 'model_size') {
    const terms = widthSpecs(specs).flatMap(({ elements }, weight): CostTerm[] => (elements === 0 ? [] : [{ weight, input: null, cost: (bits) => elements * bits }]))
    return { terms, unit: 'bits' }
  }
  const multiplications = kernelTermsOf(specs, bitOpsTerms(network, specs)).flat()
  if (type === 'bitops') {
    const terms = multiplications.map(({ macs, weight, input }): CostTerm => ({ weight, input, cost: (w, a) => macs * w * (input === null ? FLOAT_BITS : a) }))
    return { terms, unit: 'bit operations' }
  }
  const table = hardwareTableOf(config)
  if (table === null) {
    const message = 'A budget of the type "hardware" needs compression.hardware. Name a device such as "int4-int8".'
    throw new StudioError('CONFIG_INVALID', message, { issues: [{ path: 'compression.loss.type', message }] })
  }
  const costs = costPerMac(table)
  const terms = multiplications.map(({ macs, weight, input }): CostTerm => ({ weight, input, cost: (w, a) => macs * costs.at(w, input === null ? FLOAT_BITS : a) }))
  return { terms, unit: table.unit }
}

/** The budget of a configuration that learns widths: what its loss counts, and how much of that is wanted. */
export function costBudget(config: CompressionConfig, network: NetworkDefinition, specs: readonly QuantizerSpec[]): CostBudget {
  const { terms, unit } = termsOf(config, network, specs)
  const initial = costOfWidths({ terms }, widthSpecs(specs).map((spec) => spec.initialBits))
  const targetRate = targetRateOf(config.loss, initial)
  return { kind: config.loss.type, unit, terms, initial, limit: initial / targetRate, targetRate }
}
