import { PickleMachine, type PickleValue } from './pickle-machine'

export { NumpyArray, type PickleValue } from './pickle-machine'

/** Bytes of one operation's argument, taken from the file in order. */
class Cursor {
  at = 0
  constructor(private readonly bytes: Buffer) {}

  take(count: number): Buffer {
    if (count < 0 || this.at + count > this.bytes.length) throw new Error('it ends in the middle of a value')
    this.at += count
    return this.bytes.subarray(this.at - count, this.at)
  }
  uint8 = (): number => this.take(1).readUInt8()
  uint32 = (): number => this.take(4).readUInt32LE()
  uint64 = (): number => Number(this.take(8).readBigUInt64LE())
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at)
    if (end < 0) throw new Error('it ends in the middle of a name')
    return this.take(end + 1 - this.at).toString('utf8', 0, end - this.at)
  }
}

const code = (letter: string): number => letter.charCodeAt(0)

/** What each operation of Python's pickle protocols 0 to 4 does, as far as CIFAR's files use them. */
const OPERATIONS: ReadonlyMap<number, (machine: PickleMachine, cursor: Cursor) => void> = new Map<
  number,
  (machine: PickleMachine, cursor: Cursor) => void
>([
  [0x80, (_, cursor) => void cursor.take(1)],
  [0x95, (_, cursor) => void cursor.take(8)],
  [code('('), (machine) => machine.mark()],
  [code('N'), (machine) => machine.push(null)],
  [0x88, (machine) => machine.push(true)],
  [0x89, (machine) => machine.push(false)],
  [code('J'), (machine, cursor) => machine.push(cursor.take(4).readInt32LE())],
  [code('K'), (machine, cursor) => machine.push(cursor.uint8())],
  [code('M'), (machine, cursor) => machine.push(cursor.take(2).readUInt16LE())],
  [code('U'), (machine, cursor) => machine.push(cursor.take(cursor.uint8()))],
  [code('T'), (machine, cursor) => machine.push(cursor.take(cursor.uint32()))],
  [code('C'), (machine, cursor) => machine.push(cursor.take(cursor.uint8()))],
  [code('B'), (machine, cursor) => machine.push(cursor.take(cursor.uint32()))],
  [0x8e, (machine, cursor) => machine.push(cursor.take(cursor.uint64()))],
  [0x8c, (machine, cursor) => machine.push(cursor.take(cursor.uint8()).toString('utf8'))],
  [code('X'), (machine, cursor) => machine.push(cursor.take(cursor.uint32()).toString('utf8'))],
  [code('}'), (machine) => machine.push(new Map())],
  [code(']'), (machine) => machine.push([])],
  [code(')'), (machine) => machine.push([])],
  [code('l'), (machine) => machine.push(machine.sinceMark())],
  [code('t'), (machine) => machine.push(machine.sinceMark())],
  [0x85, (machine) => machine.push(machine.popMany(1))],
  [0x86, (machine) => machine.push(machine.popMany(2))],
  [0x87, (machine) => machine.push(machine.popMany(3))],
  [code('a'), (machine) => machine.append(machine.popMany(1))],
  [code('e'), (machine) => machine.append(machine.sinceMark())],
  [code('s'), (machine) => machine.setItems(machine.popMany(2))],
  [code('u'), (machine) => machine.setItems(machine.sinceMark())],
  [code('q'), (machine, cursor) => machine.remember(cursor.uint8())],
  [code('r'), (machine, cursor) => machine.remember(cursor.uint32())],
  [0x94, (machine) => machine.remember()],
  [code('h'), (machine, cursor) => machine.recall(cursor.uint8())],
  [code('j'), (machine, cursor) => machine.recall(cursor.uint32())],
  [code('c'), (machine, cursor) => machine.global(cursor.line(), cursor.line())],
  [0x93, (machine) => machine.stackGlobal()],
  [code('R'), (machine) => machine.call()],
  [code('b'), (machine) => machine.build()],
])

/**
 * Reads a Python pickle that holds nothing but numbers, strings, containers and numpy arrays of bytes. It can build nothing else: a file that
 * asks for any other object or function is refused. Throws an Error whose message completes "is damaged: ...".
 */
export function readPickle(bytes: Buffer): PickleValue {
  const machine = new PickleMachine()
  const cursor = new Cursor(bytes)
  for (;;) {
    const at = cursor.at
    const operation = cursor.uint8()
    if (operation === code('.')) return machine.result()
    const run = OPERATIONS.get(operation)
    if (run === undefined) throw new Error(`it uses the operation 0x${operation.toString(16)} at byte ${at}, which CIFAR's files do not have`)
    run(machine, cursor)
  }
}
