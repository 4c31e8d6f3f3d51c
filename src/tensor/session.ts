import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataTypeNumber, loadBinding, type NativeBinding } from './binding'
import { type Graph, SAVED_MODEL_TAG } from './graph'
import type { DataType, Tensor } from './types'

/** A value handed to a placeholder. The data is read before `run` returns. */
export interface Feed {
  readonly to: Tensor
  readonly dtype: Extract<DataType, 'float32' | 'int32' | 'uint8'>
  readonly shape: readonly number[]
  readonly data: Float32Array | Int32Array | Uint8Array
}

const endpoint = (tensor: Tensor): string => (tensor.ref.includes(':') ? tensor.ref : `${tensor.ref}:0`)

/** A loaded graph with its variables. Every call blocks the thread until the native run is over. */
export class Session {
  private readonly binding: NativeBinding
  private readonly model: number

  constructor(graph: Graph) {
    this.binding = loadBinding()
    const directory = mkdtempSync(join(tmpdir(), 'fracbits-graph-'))
    try {
      writeFileSync(join(directory, 'saved_model.pb'), graph.savedModel())
      this.model = this.binding.loadSavedModel(directory, SAVED_MODEL_TAG)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  }

  /** Runs what `fetches` need and gives their values, in order. No native tensor outlives the call. */
  run(feeds: readonly Feed[], fetches: readonly Tensor[]): (Float32Array | Int32Array | Uint8Array)[] {
    const held: number[] = []
    try {
      for (const feed of feeds) held.push(this.binding.createTensor(feed.shape, dataTypeNumber(feed.dtype), feed.data))
      const inputs = [...held]
      const outputs = this.binding.runSavedModel(this.model, inputs, feeds.map((feed) => endpoint(feed.to)).join(), fetches.map(endpoint).join())
      for (const output of outputs) held.push(output.id)
      return outputs.map((output) => this.binding.tensorDataSync(output.id))
    } finally {
      for (const id of held) this.binding.deleteTensor(id)
    }
  }

  /** As {@link run}, for one float32 result. */
  floats(feeds: readonly Feed[], fetch: Tensor): Float32Array {
    const [value] = this.run(feeds, [fetch])
    if (!(value instanceof Float32Array)) throw new TypeError(`${fetch.ref} is not float32`)
    return value
  }

  /** Native tensor handles alive in this process: flat from step to step. */
  get nativeTensors(): number {
    return this.binding.getNumOfTensors()
  }

  close(): void {
    this.binding.deleteSavedModel(this.model)
  }
}
