import { MalformedFile } from './malformed-file'
import { PickleInput } from './pickle-input'
import { type PickleGlobal, PickleOpaque, PickleTuple } from './pickle-values'

const MARK = Symbol('mark')
/** A checkpoint describes its tensors in far fewer steps. */
const MAX_STEPS = 20_000_000
const NEWEST_PROTOCOL = 5

/**
 * What a kind of file may name, and what comes of it. Everything else is refused: nothing of a file is ever looked up or run. The functions
 * throw {@link MalformedFile}.
 */
export interface PickleVocabulary {
  /** How the byte strings of Python 2 are to be read. */
  readonly legacyText: 'utf8' | 'latin1'
  /** Checks that a name may occur at all. */
  find(module: string, name: string): PickleGlobal
  /** What calling a name gives. */
  construct(callee: unknown, args: readonly unknown[]): unknown
  /** What an id of something outside of the pickle stands for. */
  persistent(id: unknown): unknown
  /** Takes the attributes of an object. */
  setState(target: unknown, state: unknown): void
}

/** The state of one unpickling: a stack and a memo of plain values. */
class Unpickler {
  private readonly stack: unknown[] = []
  private readonly memo = new Map<number, unknown>()

  constructor(
    private readonly input: PickleInput,
    private readonly vocabulary: PickleVocabulary,
  ) {}

  run(): unknown {
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const code = String.fromCharCode(this.input.byte())
      if (code === '.') return this.pop()
      const literal = this.literal(code)
      if (literal !== undefined) this.stack.push(literal.value)
      else this.operate(code)
    }
    throw new MalformedFile('it has too many steps')
  }

  /** Opcodes that push one value read from the input. */
  private literal(code: string): { readonly value: unknown } | undefined {
    const { input } = this
    const text = (length: number): { value: string } => ({ value: input.take(length).toString('utf8') })
    const legacyText = (length: number): { value: string } => ({ value: input.take(length).toString(this.vocabulary.legacyText) })
    switch (code) {
      case 'N':
        return { value: null }
      case '\x88':
        return { value: true }
      case '\x89':
        return { value: false }
      case 'K':
        return { value: input.byte() }
      case 'M':
        return { value: input.uint16() }
      case 'J':
        return { value: input.int32() }
      case '\x8a':
        return { value: input.integer(input.byte()) }
      case '\x8b':
        return { value: input.integer(input.uint32()) }
      case 'I':
        return { value: decimal(input.line()) }
      case 'L':
        return { value: decimal(input.line().replace(/L$/, '')) }
      case 'F':
        return { value: Number(input.line()) }
      case 'G':
        return { value: input.float64() }
      case 'X':
        return text(input.uint32())
      case '\x8c':
        return text(input.byte())
      case 'T':
        return legacyText(input.uint32())
      case 'U':
        return legacyText(input.byte())
      case '\x8d':
        return text(input.length64())
      case 'V':
        return { value: input.line() }
      case 'S':
        return { value: input.line().replace(/^(['"])(.*)\1$/, '$2') }
      case 'B':
        return { value: input.take(input.uint32()) }
      case 'C':
        return { value: input.take(input.byte()) }
      case '\x8e':
      case '\x96':
        return { value: input.take(input.length64()) }
      case ']':
        return { value: [] }
      case '}':
        return { value: new Map() }
      case ')':
        return { value: new PickleTuple([]) }
      case '\x8f':
        return { value: new Set() }
      case 'c': {
        const module = input.line()
        return { value: this.vocabulary.find(module, input.line()) }
      }
      default:
        return undefined
    }
  }

  private operate(code: string): void {
    const { input, stack, memo } = this
    switch (code) {
      case '\x80': {
        const protocol = input.byte()
        if (protocol > NEWEST_PROTOCOL) throw new MalformedFile(`its pickle protocol ${protocol} is not known`)
        return
      }
      case '\x95':
        return void input.length64()
      case '(':
        return void stack.push(MARK)
      case '0':
        return void this.pop()
      case '1':
        return void this.popToMark()
      case '2':
        return void stack.push(this.top())
      case 'q':
        return void memo.set(input.byte(), this.top())
      case 'r':
        return void memo.set(input.uint32(), this.top())
      case 'p':
        return void memo.set(Number(decimal(input.line())), this.top())
      case '\x94':
        return void memo.set(memo.size, this.top())
      case 'h':
        return void stack.push(this.recall(input.byte()))
      case 'j':
        return void stack.push(this.recall(input.uint32()))
      case 'g':
        return void stack.push(this.recall(Number(decimal(input.line()))))
      case '\x85':
      case '\x86':
      case '\x87':
        return void stack.push(new PickleTuple(this.take(code.charCodeAt(0) - 0x84)))
      case 't':
        return void stack.push(new PickleTuple(this.popToMark()))
      case 'l':
        return void stack.push(this.popToMark())
      case 'd':
        return void stack.push(fill(new Map(), this.popToMark()))
      case 'a':
        return this.append(this.take(1))
      case 'e':
        return this.append(this.popToMark())
      case 's':
        return this.setItems(this.take(2))
      case 'u':
        return this.setItems(this.popToMark())
      case '\x90':
        return this.addItems(this.popToMark())
      case '\x91':
        return void stack.push(new Set(this.popToMark()))
      case '\x93': {
        const [module, name] = this.take(2)
        if (typeof module !== 'string' || typeof name !== 'string') throw new MalformedFile('a name in it is no text')
        return void stack.push(this.vocabulary.find(module, name))
      }
      case 'R':
      case '\x81': {
        const [callee, args] = this.take(2)
        if (!(args instanceof PickleTuple)) throw new MalformedFile('a call in it has no list of arguments')
        return void stack.push(this.vocabulary.construct(callee, args.items))
      }
      case 'b':
        return this.setState(this.pop())
      case 'Q':
        return void stack.push(this.vocabulary.persistent(this.pop()))
      default:
        throw new MalformedFile(`it has the step 0x${code.charCodeAt(0).toString(16)}, which does not describe tensors`)
    }
  }

  private setState(state: unknown): void {
    this.vocabulary.setState(this.top(), state)
  }

  private append(items: readonly unknown[]): void {
    const list = this.top()
    if (list instanceof PickleOpaque) return
    if (!Array.isArray(list)) throw new MalformedFile('it appends to something that is no list')
    for (const item of items) list.push(item)
  }

  private setItems(items: readonly unknown[]): void {
    const target = this.top()
    if (target instanceof PickleOpaque) return
    if (!(target instanceof Map)) throw new MalformedFile('it sets entries of something that is no dictionary')
    fill(target, items)
  }

  private addItems(items: readonly unknown[]): void {
    const target = this.top()
    if (!(target instanceof Set)) throw new MalformedFile('it adds to something that is no set')
    for (const item of items) target.add(item)
  }

  private top(): unknown {
    if (this.stack.length === 0 || this.stack.at(-1) === MARK) throw new MalformedFile('it takes a value where there is none')
    return this.stack.at(-1)
  }

  private pop(): unknown {
    const value = this.top()
    this.stack.pop()
    return value
  }

  private take(count: number): unknown[] {
    const values = this.stack.splice(Math.max(0, this.stack.length - count))
    if (values.length < count || values.includes(MARK)) throw new MalformedFile('it takes a value where there is none')
    return values
  }

  private popToMark(): unknown[] {
    const mark = this.stack.lastIndexOf(MARK)
    if (mark === -1) throw new MalformedFile('it looks for the start of a group that has none')
    const values = this.stack.splice(mark)
    return values.slice(1)
  }

  private recall(index: number): unknown {
    if (!this.memo.has(index)) throw new MalformedFile('it recalls a value that it has not kept')
    return this.memo.get(index)
  }
}

function fill(target: Map<unknown, unknown>, items: readonly unknown[]): Map<unknown, unknown> {
  if (items.length % 2 !== 0) throw new MalformedFile('a dictionary in it has a key without value')
  for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1])
  return target
}

function decimal(text: string): number | bigint | boolean {
  if (text === '00') return false
  if (text === '01') return true
  if (!/^-?\d{1,150}$/.test(text)) throw new MalformedFile('an integer in it is none')
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

export interface Unpickled {
  readonly value: unknown
  /** Where the pickle ends. */
  readonly end: number
}

/**
 * Reads one pickle (protocols 0 to 5) without constructing anything but what `vocabulary` makes, dictionaries, lists, sets and plain values.
 * Throws {@link MalformedFile}.
 */
export function unpickle(bytes: Buffer, vocabulary: PickleVocabulary, start = 0): Unpickled {
  const input = new PickleInput(bytes, start)
  const value = new Unpickler(input, vocabulary).run()
  return { value, end: input.at }
}
