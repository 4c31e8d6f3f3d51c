import type { Bytes } from '../../tensor/protobuf'
import type { IntegerModel } from '../integer-model'
import { emitNetwork } from '../network-emission'
import { INPUT_NAME, OnnxEmitter } from './onnx-emitter'
import { OnnxGraph, type OnnxValue } from './onnx-graph'

export const OUTPUT_NAME = 'logits'

/** The graph of an integer model in standard operators: images [batch, height, width, channels] in, logits [batch, classes] out. */
export function onnxGraph(model: IntegerModel): OnnxGraph {
  const graph = new OnnxGraph()
  const emitter = new OnnxEmitter(graph, model)
  const logits = emitNetwork(model, emitter)
  graph.node('Identity', [emitter.floats(logits)], {}, { output: OUTPUT_NAME })
  return graph
}

export function onnxFile(graph: OnnxGraph, { network }: IntegerModel, version: string, metadata: Readonly<Record<string, string>>): Bytes {
  const input: OnnxValue = { name: INPUT_NAME, type: 'uint8', shape: ['batch', ...network.input] }
  const output: OnnxValue = { name: OUTPUT_NAME, type: 'float', shape: ['batch', network.numClasses] }
  return graph.model({ name: network.name, producer: 'FracBits Studio', version, input, output, metadata })
}
