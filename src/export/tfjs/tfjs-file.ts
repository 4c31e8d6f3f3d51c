import { codeBits } from '../bit-planes'
import type { IntegerModel, IntegerWeight } from '../integer-model'
import { manifestEntries, manifestOf, type Provenance, storedCodeBytes } from '../manifest'
import { emitNetwork } from '../network-emission'
import { type GraphNode, MODEL_FILE, type ModelJson, type WeightEntry } from './model-json'
import { readTfjs } from './read-tfjs'
import { storedZip } from './stored-zip'
import { INPUT_NAME, TfjsEmitter } from './tfjs-emitter'
import { FLOATS, TfjsGraph } from './tfjs-graph'

export const OUTPUT_NAME = 'logits'

/** As TF.js's own converter cuts weights, so that a browser keeps each file in its cache. */
const SHARD_BYTES = 4 * 1024 * 1024

/** A zip of what `tf.loadGraphModel` loads: model.json and the weights' files beside it. */
export function tfjsFile(model: IntegerModel, provenance: Provenance): Uint8Array {
  const graph = new TfjsGraph()
  const emitter = new TfjsEmitter(graph, model)
  graph.node('Identity', [emitter.floats(emitNetwork(model, emitter))], FLOATS, OUTPUT_NAME)
  const data = Buffer.concat(graph.tensors.map((tensor) => tensor.data))
  const shards = Array.from({ length: Math.ceil(data.length / SHARD_BYTES) }, (_, i) => data.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES))
  const paths = shards.map((_, i) => `group1-shard${String(i + 1)}of${String(shards.length)}.bin`)
  const withMetadata = (metadata: Readonly<Record<string, string>>): Uint8Array => {
    const json = modelJson(model, graph, paths, { generatedBy: `FracBits Studio ${provenance.appVersion}`, metadata })
    return storedZip(new Map([[MODEL_FILE, Buffer.from(JSON.stringify(json))], ...paths.map((path, i): [string, Uint8Array] => [path, shards[i] ?? new Uint8Array()])]))
  }
  const storage = { fracbits_storage: storageOf(model) }
  const { rest } = readTfjs(withMetadata(storage))
  return withMetadata({ ...manifestEntries(manifestOf(model, 'tfjs', provenance, graph.tensors, rest)), ...storage })
}

/** What a person who opens the file should know of its size. */
function storageOf({ weights }: IntegerModel): string {
  const all = [...weights.values()]
  const sum = (of: (weight: IntegerWeight) => number): number => all.reduce((total, weight) => total + of(weight), 0)
  const stored = sum(({ codes, bits, kernelBits }) => storedCodeBytes('tfjs', codes.length, bits, kernelBits))
  const needed = Math.ceil(sum(({ codes, bits, kernelBits }) => codeBits(codes.length, bits, kernelBits)) / 8)
  return `TF.js reads weights of 8 or 16 bits only: the codes take ${String(stored)} bytes here, at their own widths they would take ${String(needed)}. A server that compresses (gzip, br) takes the difference away.`
}

function modelJson({ network }: IntegerModel, graph: TfjsGraph, paths: readonly string[], about: { generatedBy: string; metadata: Readonly<Record<string, string>> }): ModelJson {
  const tensorInfo = (name: string, dtype: string, shape: readonly number[]): object => ({ name: `${name}:0`, dtype, tensorShape: { dim: shape.map((size) => ({ size: String(size) })) } })
  return {
    format: 'graph-model',
    generatedBy: about.generatedBy,
    convertedBy: null,
    signature: {
      inputs: { [INPUT_NAME]: tensorInfo(INPUT_NAME, 'DT_INT32', [-1, ...network.input]) },
      outputs: { [OUTPUT_NAME]: tensorInfo(OUTPUT_NAME, 'DT_FLOAT', [-1, network.numClasses]) },
    },
    userDefinedMetadata: { ...about.metadata },
    modelTopology: { node: graph.nodes.map((node: GraphNode) => ({ ...node })), library: {}, versions: { producer: 1882 } },
    weightsManifest: [{ paths: [...paths], weights: graph.tensors.map(({ data: _, ...entry }): WeightEntry => entry) }],
  }
}
