import { StudioError } from '../../contract/errors'
import type { ParameterInfo } from '../parameters'
import { fromStateDict, stateDictShape } from '../state-dict-layout'
import type { WeightFile } from './weight-file'

/** How the entries of a file and the parameters of a network meet. */
export interface WeightReport {
  readonly loaded: number
  /** Parameters without an entry. */
  readonly missing: readonly string[]
  /** Entries that belong to nothing. */
  readonly unexpected: readonly string[]
  /** Entries of another shape than their parameter. */
  readonly mismatched: readonly { readonly name: string; readonly found: readonly number[]; readonly needed: readonly number[] }[]
}

export interface MatchedWeights {
  /** By parameter name, in the engine's layout. */
  readonly values: Map<string, Float32Array>
  readonly report: WeightReport
}

/** Entries that every PyTorch network has and nothing here needs; `known` says what else a file may rightly hold. */
const IDLE = /(^|\.)(num_batches_tracked|nncf_padding_value)$/

/**
 * Takes what fits by state-dict name. Throws CHECKPOINT_MISMATCH when nothing does.
 * `known` tells entries that belong to something beside parameters, such as quantizers or an optimizer.
 */
export function matchWeights(file: WeightFile, parameters: Iterable<ParameterInfo>, known: (name: string) => boolean = () => false): MatchedWeights {
  const values = new Map<string, Float32Array>()
  const missing: string[] = []
  const mismatched: WeightReport['mismatched'][number][] = []
  const names = new Set<string>()
  for (const parameter of parameters) {
    names.add(parameter.name)
    const tensor = file.tensors.get(parameter.name)
    const needed = stateDictShape(parameter)
    if (tensor === undefined) missing.push(parameter.name)
    else if (String(tensor.shape) !== String(needed)) mismatched.push({ name: parameter.name, found: tensor.shape, needed })
    else values.set(parameter.name, fromStateDict(parameter, { shape: tensor.shape, data: tensor.values() }))
  }
  const unexpected = [...file.tensors.keys()].filter((name) => !names.has(name) && !IDLE.test(name) && !known(name))
  const report = { loaded: values.size, missing, unexpected, mismatched }
  if (values.size === 0) {
    const message = `The weights ${file.file} do not fit the model: ${describeReport(report)}. Choose weights of the configured model.`
    throw new StudioError('CHECKPOINT_MISMATCH', message)
  }
  return { values, report }
}

/** Whether every parameter was found and nothing else. */
export const isComplete = ({ missing, unexpected, mismatched }: WeightReport): boolean => missing.length + unexpected.length + mismatched.length === 0

const MAX_NAMED = 5

function some(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return []
  const rest = names.length - MAX_NAMED
  return [`${names.length} ${what} (${names.slice(0, MAX_NAMED).join(', ')}${rest > 0 ? `, and ${rest} more` : ''})`]
}

const shape = (sizes: readonly number[]): string => `[${sizes.join(', ')}]`

/** Such as `120 loaded, 2 missing (fc.weight, fc.bias)`. */
export function describeReport({ loaded, missing, unexpected, mismatched }: WeightReport): string {
  return [
    `${loaded} loaded`,
    ...some('missing', missing),
    ...some('unexpected', unexpected),
    ...some(
      'of another shape',
      mismatched.map(({ name, found, needed }) => `${name} ${shape(found)} instead of ${shape(needed)}`),
    ),
  ].join(', ')
}
