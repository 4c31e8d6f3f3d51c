import type { Bytes } from '../../tensor/protobuf'
import type { IntegerModel } from '../integer-model'
import { manifestEntries, manifestOf, type Provenance } from '../manifest'
import { emitNetwork } from '../network-emission'
import { INPUT_NAME, OnnxEmitter } from './onnx-emitter'
import { OnnxGraph } from './onnx-graph'
import { QONNX_DOMAIN, quantFunction } from './quant-function'
import { QonnxEmitter } from './qonnx-emitter'
import { readOnnx } from './read-onnx'

export const OUTPUT_NAME = 'logits'

/** ONNX in standard operators: images [batch, height, width, channels] in, logits [batch, classes] out. */
export function onnxFile(model: IntegerModel, provenance: Provenance): Bytes {
  const graph = new OnnxGraph()
  const emitter = new OnnxEmitter(graph, model)
  return finished(graph, emitter.floats(emitNetwork(model, emitter)), model, 'onnx', provenance)
}

/** QONNX: any width by name, weights as floats on their grids. */
export function qonnxFile(model: IntegerModel, provenance: Provenance): Bytes {
  const graph = new OnnxGraph()
  graph.define(QONNX_DOMAIN, quantFunction())
  return finished(graph, emitNetwork(model, new QonnxEmitter(graph, model)), model, 'qonnx', provenance)
}

function finished(graph: OnnxGraph, logits: string, model: IntegerModel, format: 'onnx' | 'qonnx', provenance: Provenance): Bytes {
  graph.node('Identity', [logits], {}, { output: OUTPUT_NAME })
  const { network } = model
  const withMetadata = (metadata: Readonly<Record<string, string>>): Bytes =>
    graph.model({
      name: network.name,
      producer: 'FracBits Studio',
      version: provenance.appVersion,
      input: { name: INPUT_NAME, type: 'uint8', shape: ['batch', ...network.input] },
      output: { name: OUTPUT_NAME, type: 'float', shape: ['batch', network.numClasses] },
      metadata,
    })
  const { rest } = readOnnx(withMetadata({}))
  return withMetadata(manifestEntries(manifestOf(model, format, provenance, graph.tensors, rest)))
}
