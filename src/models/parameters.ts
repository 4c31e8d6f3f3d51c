/**
 * How the engine stores a parameter. Convolutions are [height, width, in, out], depthwise convolutions
 * [height, width, channels, multiplier], linear weights [in, out]; everything else is a vector.
 * Checkpoints use the state-dict layouts of PyTorch: [out, in, height, width], [channels, 1, height, width], [out, in].
 */
export type ParameterKind =
  'conv-weight' | 'depthwise-weight' | 'linear-weight' | 'bias' | 'norm-scale' | 'norm-shift' | 'running-mean' | 'running-variance'

/** One tensor of a network's state, under its state-dict name. */
export interface ParameterInfo {
  /** Such as `features.0.0.weight` or `features.0.1.running_var`. */
  readonly name: string
  readonly layer: string
  readonly kind: ParameterKind
  /** Shape in the engine's layout. */
  readonly shape: readonly number[]
  /** False for running statistics. */
  readonly trainable: boolean
}
