import type { QuantizerSpec } from '../quantization/quantizer-spec'

const NETWORK_PREFIX = 'nncf_module.'

const RANGE_SUFFIXES = {
  symmetric: ['_scale_param_storage'],
  asymmetric: ['input_low', '_input_range_param_storage'],
} as const

/** Names of parameters in the original, which is what the patterns of `optimizer.parameter_groups` are searched in (spec 1.7, 10.1). */
export const parameterNames = {
  /** `features.0.0.weight` -> `nncf_module.features.0.0.weight`. */
  ofParameter: (name: string): string => `${NETWORK_PREFIX}${name}`,
  /** The `position`-th range parameter of a quantizer. */
  ofRange: (spec: QuantizerSpec, position: number): string => `${spec.stateKey}.${RANGE_SUFFIXES[spec.mode][position] ?? ''}`,
  ofWidth: (spec: QuantizerSpec): string => `${spec.stateKey}._num_bits`,
}
