import { randomStream, streamFor, type RandomStream } from '../util/random'
import type { NetworkDefinition } from './layers'
import { parametersOf } from './parameter-list'
import type { ParameterInfo } from './parameters'
import { stateDictShape } from './state-dict-layout'

/**
 * Values a network starts training from, by state-dict name and in the engine's layout. They follow the model's PyTorch code:
 * convolutions Kaiming normal over fan-out, batch norm 1 and 0, linear layers as `linearInitialization` says; all weights as `truncatedNormal` says
 * where it is given.
 * Each tensor has a random stream of its own, so that the same seed gives the same values whatever other layers there are.
 */
export function initialValues(network: NetworkDefinition, seed: number): Map<string, Float32Array> {
  const parameters = parametersOf(network)
  const fanIn = new Map(
    parameters.filter((parameter) => parameter.kind.endsWith('-weight')).map((parameter) => [parameter.layer, fanInOf(parameter)]),
  )
  return new Map(
    parameters.map((parameter) => {
      const values = new Float32Array(parameter.shape.reduce((product, size) => product * size, 1))
      fill(values, parameter, randomStream(seed, streamFor('initial', parameter.name)), network, fanIn.get(parameter.layer) ?? 1)
      return [parameter.name, values]
    }),
  )
}

function fill(values: Float32Array, parameter: ParameterInfo, random: RandomStream, network: NetworkDefinition, fanIn: number): void {
  const { truncatedNormal: truncated, linearInitialization: linear = 'torch-default' } = network
  if (truncated && parameter.kind.endsWith('-weight'))
    return fillTruncatedNormal(values, random, truncated.exceptions[parameter.layer] ?? truncated.deviation)
  switch (parameter.kind) {
    case 'conv-weight':
    case 'depthwise-weight':
      return fillNormal(values, random, Math.sqrt(2 / fanOutOf(parameter)))
    case 'linear-weight':
      return linear === 'normal' ? fillNormal(values, random, 0.01) : fillUniform(values, random, 1 / Math.sqrt(fanIn))
    case 'bias':
      // Of the models here only linear layers have a bias; a convolution's is torch's default too.
      if (linear === 'torch-default') fillUniform(values, random, 1 / Math.sqrt(fanIn))
      return
    case 'norm-scale':
    case 'running-variance':
      values.fill(1)
      return
    case 'norm-shift':
    case 'running-mean':
      return
  }
}

/** torch.nn.init counts the fans of the stored weight [out, in / groups, height, width], whatever the groups. */
const fanInOf = (parameter: ParameterInfo): number =>
  stateDictShape(parameter)
    .slice(1)
    .reduce((product, size) => product * size, 1)

function fanOutOf(parameter: ParameterInfo): number {
  const [out = 1, , ...window] = stateDictShape(parameter)
  return window.reduce((product, size) => product * size, out)
}

function fillNormal(values: Float32Array, random: RandomStream, deviation: number): void {
  for (let index = 0; index < values.length; index++) values[index] = random.normal(index) * deviation
}

/** `deviation` is that of the normal distribution before it is cut off at twice its value; draws beyond are made again. */
function fillTruncatedNormal(values: Float32Array, random: RandomStream, deviation: number): void {
  for (let index = 0; index < values.length; index++) {
    let draw = index
    let value = random.normal(draw)
    while (Math.abs(value) > 2) value = random.normal((draw += values.length))
    values[index] = value * deviation
  }
}

function fillUniform(values: Float32Array, random: RandomStream, bound: number): void {
  for (let index = 0; index < values.length; index++) values[index] = (2 * random.uniform(index) - 1) * bound
}
