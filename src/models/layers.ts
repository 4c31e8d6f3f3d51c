/** Height, width, channels of one image's feature map; vectors are [1, 1, channels]. */
export type FeatureShape = readonly [height: number, width: number, channels: number]

interface LayerBase {
  /** Unique in the network: the state-dict path for layers with parameters (`features.0.0`), a readable path for others. */
  readonly id: string
  /** Ids of the producers, in order; `input` is the image. */
  readonly inputs: readonly string[]
  readonly shape: FeatureShape
  /** Operator name as NNCF traces it, such as `ResNet/Sequential[layer1]/Bottleneck[0]/ReLU[relu]/relu__2`. */
  readonly scope: string
}

/** 2-d convolution, zero-padded symmetrically as torch.nn.Conv2d; `groups` equal to the input channels means depthwise. */
export interface ConvLayer extends LayerBase {
  readonly kind: 'conv'
  readonly inChannels: number
  readonly outChannels: number
  readonly kernel: readonly [height: number, width: number]
  readonly stride: readonly [height: number, width: number]
  readonly padding: readonly [height: number, width: number]
  readonly groups: number
  readonly bias: boolean
}

/** torch.nn.BatchNorm2d: biased variance normalises, unbiased variance enters the running mean with weight `momentum`. */
export interface BatchNormLayer extends LayerBase {
  readonly kind: 'batch-norm'
  readonly channels: number
  readonly epsilon: number
  readonly momentum: number
}

export interface ActivationLayer extends LayerBase {
  readonly kind: 'relu' | 'relu6'
}

export interface AddLayer extends LayerBase {
  readonly kind: 'add'
}

/** Channels of the inputs behind one another, in the order of `inputs`. */
export interface ConcatLayer extends LayerBase {
  readonly kind: 'concat'
}

/** One channel of a feature map, which stays a feature map. */
export interface SelectChannelLayer extends LayerBase {
  readonly kind: 'select-channel'
  readonly channel: number
}

/** Every value times a constant, or plus a constant. */
export interface ScalarLayer extends LayerBase {
  readonly kind: 'multiply-scalar' | 'add-scalar'
  readonly value: number
}

/** Zero-padded symmetrically as torch's pools: a maximum ignores the border, an average counts its zeros (`count_include_pad`). */
export interface PoolLayer extends LayerBase {
  readonly kind: 'max-pool' | 'average-pool'
  readonly kernel: readonly [height: number, width: number]
  readonly stride: readonly [height: number, width: number]
  readonly padding: readonly [height: number, width: number]
}

/** Mean over height and width; the result is [1, 1, channels]. */
export interface GlobalAveragePoolLayer extends LayerBase {
  readonly kind: 'global-average-pool'
}

/** Zeroes a share `probability` of the values in training and scales the rest by 1 / (1 - probability). */
export interface DropoutLayer extends LayerBase {
  readonly kind: 'dropout'
  readonly probability: number
}

export interface LinearLayer extends LayerBase {
  readonly kind: 'linear'
  readonly inFeatures: number
  readonly outFeatures: number
  readonly bias: boolean
}

export type Layer =
  | ConvLayer
  | BatchNormLayer
  | ActivationLayer
  | AddLayer
  | ConcatLayer
  | SelectChannelLayer
  | ScalarLayer
  | PoolLayer
  | GlobalAveragePoolLayer
  | DropoutLayer
  | LinearLayer

/** Weights of convolutions and linear layers drawn from a normal distribution cut off at two standard deviations. */
export interface TruncatedNormal {
  readonly deviation: number
  /** Deviations of single layers, by layer id. */
  readonly exceptions: Readonly<Record<string, number>>
}

/** A network as data: everything that emits, counts, places quantizers or exports reads this and nothing else. */
export interface NetworkDefinition {
  readonly name: string
  readonly input: FeatureShape
  readonly numClasses: number
  /** In execution order. */
  readonly layers: readonly Layer[]
  /** Id of the layer whose output is the logits. */
  readonly output: string
  /** How the model's PyTorch code initialises linear layers: `normal` is N(0, 0.01) with zero bias; absent means torch.nn.Linear's own. */
  readonly linearInitialization?: 'torch-default' | 'normal'
  /** Where given, all weights start from it instead; biases of linear layers follow torch.nn.Linear. */
  readonly truncatedNormal?: TruncatedNormal
  /** Id of the layer with the logits of an auxiliary head. Only training runs it; its cross-entropy counts `AUXILIARY_WEIGHT`. */
  readonly auxiliaryOutput?: string
}

/** Weight of the auxiliary head's cross-entropy beside the main one (spec 1.4). */
export const AUXILIARY_WEIGHT = 0.4

export const isDepthwise = (layer: ConvLayer): boolean => layer.groups > 1 && layer.groups === layer.inChannels
/** Depthwise with as many channels behind as before: each is made of its own alone, so that factors of channels stay apart. */
export const isChannelwise = (layer: ConvLayer): boolean => isDepthwise(layer) && layer.outChannels === layer.inChannels
