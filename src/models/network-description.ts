import type { FeatureShape, NetworkDefinition, TruncatedNormal } from './layers'

/** The output of a layer while a network is being described. */
export interface Value {
  readonly id: string
  readonly shape: FeatureShape
}

export interface ConvOptions {
  readonly out: number
  readonly kernel: number | readonly [number, number]
  readonly stride?: number
  /** Absent: half the kernel, so that stride 1 keeps the size. */
  readonly padding?: number | readonly [number, number]
  readonly groups?: number
  readonly bias?: boolean
}

export interface PoolOptions {
  readonly kernel: number
  readonly stride?: number
  readonly padding?: number
}

export interface FinishOptions {
  /** Logits of an auxiliary head. */
  readonly auxiliary?: Value
}

/**
 * Describes a network the way its PyTorch module is written. `attribute` arguments are the names under which modules hang in their
 * parent; a layer that PyTorch calls as a function takes none.
 */
export interface NetworkBuilder {
  readonly input: Value
  /** Runs `body` inside a submodule, so that everything it adds is named below it. */
  module<T>(attribute: string, className: string, body: () => T): T
  conv(attribute: string, from: Value, options: ConvOptions): Value
  batchNorm(attribute: string, from: Value, options?: { epsilon?: number; momentum?: number }): Value
  relu(attribute: string | null, from: Value): Value
  relu6(attribute: string, from: Value): Value
  linear(attribute: string, from: Value, options: { out: number; bias?: boolean }): Value
  dropout(attribute: string, from: Value, probability: number): Value
  maxPool(attribute: string | null, from: Value, options: PoolOptions): Value
  averagePool(attribute: string | null, from: Value, options: PoolOptions): Value
  globalAveragePool(attribute: string | null, from: Value): Value
  /** `inPlace` is PyTorch's `a += b`, which NNCF traces under another name. */
  add(a: Value, b: Value, options?: { inPlace?: boolean }): Value
  concat(parts: readonly Value[]): Value
  /** PyTorch's `x[:, channel]`. */
  selectChannel(from: Value, channel: number): Value
  /** PyTorch's `x * value`. */
  multiplyScalar(from: Value, value: number): Value
  /** PyTorch's `x + value`. */
  addScalar(from: Value, value: number): Value
  finish(output: Value, options?: FinishOptions): NetworkDefinition
}

export interface NetworkOptions {
  readonly name: string
  /** Class of the root module, such as `ResNet`. */
  readonly className: string
  readonly input: FeatureShape
  readonly numClasses: number
  readonly linearInitialization?: NonNullable<NetworkDefinition['linearInitialization']>
  readonly truncatedNormal?: TruncatedNormal
}
