import { StudioError } from '../contract/errors'
import type { ParameterInfo } from './parameters'

/** A tensor as PyTorch's state dict holds it. */
export interface StateDictTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Shape of a parameter in PyTorch's layout. */
export function stateDictShape({ kind, shape }: ParameterInfo): readonly number[] {
  const [a = 1, b = 1, c = 1, d = 1] = shape
  switch (kind) {
    case 'conv-weight':
      return [d, c, a, b]
    case 'depthwise-weight':
      return [c * d, 1, a, b]
    case 'linear-weight':
      return [b, a]
    default:
      return shape
  }
}

/** From the engine's layout to PyTorch's. Always a copy. */
export function toStateDict(parameter: ParameterInfo, values: Float32Array): StateDictTensor {
  const shape = stateDictShape(parameter)
  if (values.length !== elements(shape)) throw new RangeError(`${parameter.name} has ${values.length} values, not ${elements(shape)}`)
  const { rows, columns, split } = matrixOf(parameter)
  return { shape, data: split === 1 ? transpose(values, rows, columns) : swapOuterAxes(values, rows, split, columns, 'to-pytorch') }
}

/** From PyTorch's layout to the engine's. Always a copy. Throws CHECKPOINT_MISMATCH when the tensor has another shape. */
export function fromStateDict(parameter: ParameterInfo, tensor: StateDictTensor): Float32Array {
  const expected = stateDictShape(parameter)
  const fits = expected.length === tensor.shape.length && expected.every((size, axis) => size === tensor.shape[axis])
  if (!fits || tensor.data.length !== elements(expected))
    throw new StudioError(
      'CHECKPOINT_MISMATCH',
      `The checkpoint does not fit the model: "${parameter.name}" has the shape [${tensor.shape.join(', ')}], the model needs [${expected.join(', ')}]. ` +
        'Choose a checkpoint of the same model, width and number of classes.',
    )
  const { rows, columns, split } = matrixOf(parameter)
  return split === 1 ? transpose(tensor.data, columns, rows) : swapOuterAxes(tensor.data, rows, split, columns, 'to-engine')
}

/**
 * Every layout here is [rows, split, columns] in the engine and [columns, split, rows] in PyTorch: rows are kernel positions
 * (or inputs of a linear layer), columns outputs, and only ordinary convolutions have input channels in between.
 */
function matrixOf({ kind, shape }: ParameterInfo): { rows: number; split: number; columns: number } {
  const [a = 1, b = 1, c = 1, d = 1] = shape
  switch (kind) {
    case 'conv-weight':
      return { rows: a * b, split: c, columns: d }
    case 'depthwise-weight':
      return { rows: a * b, split: 1, columns: c * d }
    case 'linear-weight':
      return { rows: a, split: 1, columns: b }
    default:
      return { rows: 1, split: 1, columns: a }
  }
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column] ?? 0
  return result
}

function swapOuterAxes(values: Float32Array, rows: number, split: number, columns: number, direction: 'to-pytorch' | 'to-engine'): Float32Array {
  const result = new Float32Array(values.length)
  for (let row = 0; row < rows; row++)
    for (let middle = 0; middle < split; middle++)
      for (let column = 0; column < columns; column++) {
        const engine = (row * split + middle) * columns + column
        const pytorch = (column * split + middle) * rows + row
        if (direction === 'to-pytorch') result[pytorch] = values[engine] ?? 0
        else result[engine] = values[pytorch] ?? 0
      }
  return result
}

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
