import { plainName, type WeightFile } from '../models/weights/weight-file'
import type { QuantizerSpec } from '../quantization/quantizer-spec'
import { spreadOverWidths } from '../quantization/width-layout'
import type { EngineState } from './training-engine'

/** What a file says about quantizers, as values of the engine's variables. */
export interface ImportedQuantizers {
  readonly state: EngineState
  readonly found: number
  /** Ids of quantizers whose range is missing or has another shape. */
  readonly missing: readonly string[]
  /** Ids without a width of their own; they start from the initial one, as the original lets them (spec 1.7). */
  readonly withoutWidth: readonly string[]
  /** Ids that are switched off in the file; here they are on. */
  readonly disabled: readonly string[]
}

const keyOf = (spec: QuantizerSpec, name: string): string => `${plainName(spec.stateKey)}.${name}`

/** Whether an entry of a file belongs to one of the quantizers. */
export function quantizerEntries(specs: readonly QuantizerSpec[]): (name: string) => boolean {
  const prefixes = new Set(specs.map((spec) => plainName(spec.stateKey)))
  return (name) => prefixes.has(name.slice(0, name.lastIndexOf('.')))
}

/** Reads the quantizer parameters of an NNCF state dict (spec 1.7) by the state key of each quantizer. Sizes that are stored as logarithms become so here. */
export function importQuantizers(file: WeightFile, specs: readonly QuantizerSpec[]): ImportedQuantizers {
  const state = new Map<string, Float32Array>()
  const bits = Float32Array.from(specs, ({ initialBits }) => initialBits)
  const signed = new Float32Array(specs.length)
  const missing: string[] = []
  const withoutWidth: string[] = []
  const disabled: string[] = []
  specs.forEach((spec, index) => {
    const read = (name: string): Float32Array | null => file.tensors.get(keyOf(spec, name))?.values() ?? null
    /** Under its plain name a size is as it is; under the name of its storage it is what is stored. */
    const size = (name: string): Float32Array | null => {
      const plain = read(name)
      return plain === null ? read(`_${name}_param_storage`) : spec.logarithmic ? plain.map(Math.log) : plain
    }
    const [width] = read('_num_bits') ?? []
    if (width === undefined) withoutWidth.push(spec.id)
    else bits[index] = width
    if (read('enabled')?.[0] === 0) disabled.push(spec.id)
    signed[index] = (read('signed_tensor')?.[0] ?? (spec.forceSigned === true ? 1 : 0)) === 0 ? 0 : 1
    const ranges: readonly (readonly [string, Float32Array | null])[] =
      spec.mode === 'symmetric' ? [['scale', size('scale')]] : [['input_low', read('input_low')], ['input_range', size('input_range')]]
    if (ranges.some(([, values]) => values?.length !== spec.ranges)) missing.push(spec.id)
    else for (const [name, values] of ranges) state.set(`quantizers/${spec.id}/${name}`, values ?? new Float32Array())
  })
  state.set('quantizers/bits', Float32Array.from(spreadOverWidths(specs, bits)))
  state.set('quantizers/signed', signed)
  return { state, found: specs.length - missing.length, missing, withoutWidth, disabled }
}
