import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter'
import { type io, ready, setBackend, Tensor, tensor, version_core } from '@tensorflow/tfjs-core'
import type { Session } from '../session'
import { readTfjs } from './read-tfjs'
import { INPUT_NAME } from './tfjs-emitter'

/** TF.js in this process, by the name of its back end. */
export type TfjsBackend = 'wasm' | 'cpu'

export const tfjsName = (backend: TfjsBackend = 'wasm'): string => `TensorFlow.js ${version_core} (${backend})`

/** Starts TF.js and loads an exported zip as a browser would load its files. Its WebAssembly back end is the one of the browsers'; `cpu` must have been registered by its package. */
export async function tfjsSession(file: Uint8Array, backend: TfjsBackend = 'wasm'): Promise<Session> {
  const { json, weights } = readTfjs(file)
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'))
  if (backend === 'wasm') setWasmPaths(`${join(folder, 'dist')}/`)
  if (!(await setBackend(backend))) throw new Error(`TensorFlow.js can't start its ${backend} back end`)
  await ready()
  const { modelTopology, signature, userDefinedMetadata, format, weightsManifest } = json
  const artifacts: io.ModelArtifacts = {
    format,
    modelTopology,
    signature,
    userDefinedMetadata,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: Uint8Array.from(weights).buffer,
  }
  const model: GraphModel = await loadGraphModel({ load: () => Promise.resolve(artifacts) })
  return {
    async run(pixels, shape) {
      const images = tensor(Int32Array.from(pixels), [...shape], 'int32')
      const output = model.predict({ [INPUT_NAME]: images })
      images.dispose()
      if (!(output instanceof Tensor)) throw new TypeError('the model has more than one output')
      const logits = await output.data()
      output.dispose()
      if (!(logits instanceof Float32Array)) throw new TypeError('the model gives no float logits')
      return logits
    },
    close: () => model.dispose(),
  }
}
