/** An array of numpy as far as it is known. */
export class NumpyArray {
  shape: readonly number[] = []
  /** numpy's name of the element type, such as `u1` for bytes. */
  type = ''
  data: Buffer = Buffer.alloc(0)
}

class NumpyType {
  constructor(readonly name: string) {}
}

/** A function or class that a pickle may name. */
type Known = 'reconstruct' | 'ndarray' | 'dtype' | 'encode'
class Name {
  constructor(readonly known: Known) {}
}

export type PickleValue = null | boolean | number | string | Buffer | PickleValue[] | Map<PickleValue, PickleValue> | NumpyArray | NumpyType | Name

/** All that may be named; nothing of it runs any code of the file's. */
const NAMES: Readonly<Record<string, Known>> = {
  'numpy.core.multiarray _reconstruct': 'reconstruct',
  'numpy._core.multiarray _reconstruct': 'reconstruct',
  'numpy ndarray': 'ndarray',
  'numpy dtype': 'dtype',
  '_codecs encode': 'encode',
}

/** The stack and the memory of Python's pickle machine, without any means to call what it does not know. */
export class PickleMachine {
  private readonly stack: PickleValue[] = []
  private readonly marks: number[] = []
  private readonly memo = new Map<number, PickleValue>()

  push(value: PickleValue): void {
    this.stack.push(value)
  }

  private pop(): PickleValue {
    const value = this.stack.pop()
    if (value === undefined) throw new Error('it takes more values than it has')
    return value
  }

  popMany(count: number): PickleValue[] {
    if (this.stack.length < count) throw new Error('it takes more values than it has')
    return this.stack.splice(this.stack.length - count)
  }

  mark(): void {
    this.marks.push(this.stack.length)
  }

  sinceMark(): PickleValue[] {
    const from = this.marks.pop()
    if (from === undefined) throw new Error('it ends a list that it has not begun')
    return this.stack.splice(from)
  }

  private top(): PickleValue {
    const value = this.pop()
    this.push(value)
    return value
  }

  append(values: readonly PickleValue[]): void {
    const list = this.top()
    if (!Array.isArray(list)) throw new Error('it appends to what is no list')
    for (const value of values) list.push(value)
  }

  setItems(pairs: readonly PickleValue[]): void {
    const map = this.top()
    if (!(map instanceof Map)) throw new Error('it sets an entry of what is no dictionary')
    for (let at = 0; at + 1 < pairs.length; at += 2) map.set(pairs[at] ?? null, pairs[at + 1] ?? null)
  }

  remember(place = this.memo.size): void {
    this.memo.set(place, this.top())
  }

  recall(place: number): void {
    const value = this.memo.get(place)
    if (value === undefined) throw new Error('it refers to a value that it has not kept')
    this.push(value)
  }

  global(module: string, name: string): void {
    const known = NAMES[`${module} ${name}`]
    if (known === undefined) throw new Error(`it names ${module}.${name}, which is not allowed in a data file`)
    this.push(new Name(known))
  }

  stackGlobal(): void {
    const [module, name] = this.popMany(2)
    this.global(String(module), String(name))
  }

  call(): void {
    const [callee, given] = this.popMany(2)
    const [first, second] = Array.isArray(given) ? given : []
    const known = callee instanceof Name ? callee.known : null
    if (known === 'reconstruct' && first instanceof Name && first.known === 'ndarray') this.push(new NumpyArray())
    else if (known === 'dtype' && (typeof first === 'string' || Buffer.isBuffer(first))) this.push(new NumpyType(String(first)))
    else if (known === 'encode' && typeof first === 'string' && second === 'latin1') this.push(Buffer.from(first, 'latin1'))
    else throw new Error('it calls something with values that are not allowed in a data file')
  }

  build(): void {
    const [target, state] = this.popMany(2)
    if (target === undefined || !Array.isArray(state)) throw new Error('it completes an object without its state')
    if (target instanceof NumpyArray) complete(target, state)
    else if (!(target instanceof NumpyType)) throw new Error('it completes an object that is not allowed in a data file')
    this.push(target)
  }

  result(): PickleValue {
    if (this.stack.length !== 1) throw new Error('it ends with several values')
    return this.pop()
  }
}

/** State of an array: version, shape, type, whether columns come first, bytes. */
function complete(array: NumpyArray, [, shape, type, columnsFirst, data]: readonly PickleValue[]): void {
  if (!Array.isArray(shape) || !(type instanceof NumpyType) || !Buffer.isBuffer(data) || Boolean(columnsFirst))
    throw new Error('one of its arrays is not stored row by row as bytes')
  array.shape = shape.map(Number)
  array.type = type.name
  array.data = data
}
