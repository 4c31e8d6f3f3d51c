/** An operation of a written graph. */
export interface WrittenNode {
  readonly name: string
  readonly type: string
  /** Names of the nodes that its inputs come from, in order; `^name` for one that only has to run before. */
  readonly inputs: readonly string[]
  /** Empty where TensorFlow chooses. */
  readonly device: string
}

interface Field {
  readonly number: number
  readonly bytes: Uint8Array
}

/** Reads the operations of a SavedModel's main graph back: meta graph (field 2), its graph (2), nodes (1) with name (1), type (2), inputs (3) and device (4). */
export function readGraph(savedModel: Uint8Array): ReadonlyMap<string, WrittenNode> {
  const inside = (bytes: Uint8Array, number: number): Uint8Array[] => fields(bytes).filter((field) => field.number === number).map((field) => field.bytes)
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')
  const [metaGraph = new Uint8Array()] = inside(savedModel, 2)
  const [graph = new Uint8Array()] = inside(metaGraph, 2)
  const nodes = inside(graph, 1).map((node): WrittenNode => {
    const [name = new Uint8Array()] = inside(node, 1)
    const [type = new Uint8Array()] = inside(node, 2)
    const [device = new Uint8Array()] = inside(node, 4)
    return { name: text(name), type: text(type), device: text(device), inputs: inside(node, 3).map((input) => text(input).replace(/:\d+$/, '')) }
  })
  return new Map(nodes.map((node) => [node.name, node]))
}

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

function fields(message: Uint8Array): Field[] {
  const found: Field[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++] ?? 0
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const key = varint()
    const wire = key & 7
    if (wire === WIRE.varint) varint()
    else if (wire === WIRE.fixed64) at += 8
    else if (wire === WIRE.fixed32) at += 4
    else if (wire === WIRE.bytes) {
      const length = varint()
      found.push({ number: key >>> 3, bytes: message.subarray(at, at + length) })
      at += length
    } else throw new RangeError(`wire type ${wire}`)
  }
  return found
}
