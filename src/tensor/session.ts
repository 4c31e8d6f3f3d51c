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

/**
 * Buffers for feeds, each just off the 64-byte boundary on which TensorFlow shares memory, so that it copies them. Shared memory would be given back by whichever of its threads
 * drops the last reference, and JavaScript's engine crashes when that is not its own (seen in Electron, whose allocator aligns; Node's does not).
 */
class FeedBuffers {
  private readonly buffers = new Map<string, Float32Array | Int32Array | Uint8Array>()

  fill({ to, data }: Feed): Float32Array | Int32Array | Uint8Array {
    const known = this.buffers.get(to.ref)
    const buffer = known?.length === data.length && known.constructor === data.constructor ? known : unaligned(data)
    this.buffers.set(to.ref, buffer)
    buffer.set(data)
    return buffer
  }
}

/** Memory for as many elements that starts one element behind the allocation, which is a multiple of 8 bytes: never on TensorFlow's boundary. */
function unaligned(like: Float32Array | Int32Array | Uint8Array): Float32Array | Int32Array | Uint8Array {
  const size = like.BYTES_PER_ELEMENT
  const memory = new ArrayBuffer(like.byteLength + size)
  if (like instanceof Float32Array) return new Float32Array(memory, size, like.length)
  return like instanceof Int32Array ? new Int32Array(memory, size, like.length) : new Uint8Array(memory, size, like.length)
}

const endpoint = (tensor: Tensor): string => (tensor.ref.includes(':') ? tensor.ref : `${tensor.ref}:0`)

/** A loaded graph with its variables. Every call blocks the thread until the native run is over. */
export class Session {
  private readonly binding: NativeBinding
  private readonly model: number
  private readonly feedBuffers = new FeedBuffers()
  private nativeMs = 0

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
      for (const feed of feeds) held.push(this.binding.createTensor(feed.shape, dataTypeNumber(feed.dtype), this.feedBuffers.fill(feed)))
      const inputs = [...held]
      const start = performance.now()
      const outputs = this.binding.runSavedModel(this.model, inputs, feeds.map((feed) => endpoint(feed.to)).join(), fetches.map(endpoint).join())
      this.nativeMs += performance.now() - start
      for (const output of outputs) held.push(output.id)
      return outputs.map((output) => this.binding.tensorDataSync(output.id))
    } finally {
      for (const id of held) this.binding.deleteTensor(id)
    }
  }

  /** As {@link run}, for one float32 result. */
  floats(feeds: readonly Feed[], fetch: Tensor): Float32Array {
    return floatOf(fetch, this.run(feeds, [fetch])[0])
  }

  /** As {@link run}, for two float32 results of one run. */
  floatPair(feeds: readonly Feed[], first: Tensor, second: Tensor): [Float32Array, Float32Array] {
    const [one, other] = this.run(feeds, [first, second])
    return [floatOf(first, one), floatOf(second, other)]
  }

  /** Seconds spent in native runs so far. */
  get nativeSeconds(): number {
    return this.nativeMs / 1000
  }

  /** Native tensor handles alive in this process: flat from step to step. */
  get nativeTensors(): number {
    return this.binding.getNumOfTensors()
  }

  close(): void {
    this.binding.deleteSavedModel(this.model)
  }
}

function floatOf(fetch: Tensor, value: unknown): Float32Array {
  if (!(value instanceof Float32Array)) throw new TypeError(`${fetch.ref} is not float32`)
  return value
}
