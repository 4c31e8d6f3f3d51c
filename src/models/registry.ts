import type { ModelName } from '../contract/models'
import type { TrainingConfig } from '../contract/training-config'
import { inceptionV3 } from './inception-v3'
import type { FeatureShape, NetworkDefinition } from './layers'
import { mobilenetV2, mobilenetV2For32x32 } from './mobilenet-v2'
import { resnet18, resnet50 } from './resnet'
import { resnet20 } from './resnet20'

interface NetworkRequest {
  readonly input: FeatureShape
  readonly numClasses: number
  readonly widthMult: number
  readonly transformInput: boolean
}

/** One definition for every name a configuration may give; the compiler refuses a name without one. */
const definitions = {
  mobilenet_v2: mobilenetV2,
  mobilenet_v2_32x32: mobilenetV2For32x32,
  resnet18,
  resnet20,
  resnet50,
  inception_v3: inceptionV3,
} satisfies Record<ModelName, (request: NetworkRequest) => NetworkDefinition>

type ModelConfig = Pick<TrainingConfig, 'model' | 'num_classes'> & {
  readonly model_params: { readonly width_mult: number; readonly transform_input?: boolean | undefined }
  /** torchvision's Inception V3 transforms its input where it starts from published weights. */
  readonly pretrained?: boolean | undefined
}

/** Builds the configured network for images of one size. Throws CONFIG_INVALID when the network cannot take such images. */
export function buildNetwork(
  config: ModelConfig,
  input: { readonly channels: number; readonly height: number; readonly width: number },
): NetworkDefinition {
  return definitions[config.model]({
    input: [input.height, input.width, input.channels],
    numClasses: config.num_classes,
    widthMult: config.model_params.width_mult,
    transformInput: config.model_params.transform_input ?? config.pretrained ?? true,
  })
}
