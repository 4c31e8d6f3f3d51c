import type { ModelName } from '../contract/models'
import type { TrainingConfig } from '../contract/training-config'
import type { FeatureShape, NetworkDefinition } from './layers'
import { mobilenetV2For32x32 } from './mobilenet-v2'
import { resnet20 } from './resnet20'

interface NetworkRequest {
  readonly input: FeatureShape
  readonly numClasses: number
  readonly widthMult: number
}

/** One definition for every name a configuration may give; the compiler refuses a name without one. */
const definitions = {
  mobilenet_v2_32x32: mobilenetV2For32x32,
  resnet20,
} satisfies Record<ModelName, (request: NetworkRequest) => NetworkDefinition>

/** Builds the configured network for images of one size. Throws CONFIG_INVALID when the network cannot take such images. */
export function buildNetwork(
  config: Pick<TrainingConfig, 'model' | 'model_params' | 'num_classes'>,
  input: { readonly channels: number; readonly height: number; readonly width: number },
): NetworkDefinition {
  return definitions[config.model]({
    input: [input.height, input.width, input.channels],
    numClasses: config.num_classes,
    widthMult: config.model_params.width_mult,
  })
}
