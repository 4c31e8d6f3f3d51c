import { functionMessage, nodeMessage, opsetMessage, type NodeMessage } from './onnx-messages'
import { OPSET } from './onnx-types'

export const QONNX_DOMAIN = 'qonnx.custom_op.general'

const node = (op: string, inputs: readonly string[], output: string, attributes: NodeMessage['attributes'] = {}): Uint8Array =>
  nodeMessage({ op, inputs, outputs: [output], attributes })

/**
 * QONNX's operator `Quant` (x, scale, zero point, width; attributes `signed`, `narrow`, `rounding_mode`) in standard operators, so that a
 * QONNX file runs in any runtime that knows functions. Rounding is half to even, the only mode that is written.
 */
export const quantFunction = (): Uint8Array =>
  functionMessage({
    name: 'Quant',
    domain: QONNX_DOMAIN,
    inputs: ['x', 'scale', 'zero_point', 'bits'],
    outputs: ['y'],
    attributes: ['signed', 'narrow', 'rounding_mode'],
    nodes: [
      node('Constant', [], 'signed_int', { value_int: { from: 'signed', type: 'int' } }),
      node('Constant', [], 'narrow_int', { value_int: { from: 'narrow', type: 'int' } }),
      node('Constant', [], 'one', { value_float: { float: 1 } }),
      node('Constant', [], 'two', { value_float: { float: 2 } }),
      node('Cast', ['signed_int'], 'is_signed', { to: 1 }),
      node('Cast', ['narrow_int'], 'is_narrow', { to: 1 }),
      node('Pow', ['two', 'bits'], 'levels'),
      node('Div', ['levels', 'two'], 'half'),
      node('Mul', ['half', 'is_signed'], 'offset'),
      node('Neg', ['offset'], 'lowest'),
      node('Mul', ['is_signed', 'is_narrow'], 'raised'),
      node('Add', ['lowest', 'raised'], 'low'),
      node('Sub', ['levels', 'offset'], 'above'),
      node('Sub', ['above', 'one'], 'high'),
      node('Div', ['x', 'scale'], 'divided'),
      node('Add', ['divided', 'zero_point'], 'moved'),
      node('Round', ['moved'], 'rounded'),
      node('Max', ['rounded', 'low'], 'from_below'),
      node('Min', ['from_below', 'high'], 'code'),
      node('Sub', ['code', 'zero_point'], 'centred'),
      node('Mul', ['centred', 'scale'], 'y'),
    ],
    opset: opsetMessage('', OPSET),
  })
