/** What tests write into pickles. */
export type Pickled = null | boolean | number | bigint | string | readonly Pickled[] | Tuple | Dictionary | Call | Persistent | Name

export class Tuple {
  constructor(readonly items: readonly Pickled[]) {}
}
export class Dictionary {
  constructor(readonly entries: readonly (readonly [Pickled, Pickled])[]) {}
}
export class Name {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}
}
export class Call {
  constructor(
    readonly callee: Name,
    readonly args: readonly Pickled[],
  ) {}
}
export class Persistent {
  constructor(readonly id: Tuple) {}
}

const code = (text: string): Buffer => Buffer.from(text, 'latin1')

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(5, 'J')
  bytes.writeInt32LE(value, 1)
  return bytes
}

function long(value: bigint): Buffer {
  const digits: number[] = []
  let rest = value
  while (rest !== 0n && rest !== -1n) {
    digits.push(Number(BigInt.asUintN(8, rest)))
    rest >>= 8n
  }
  if (rest === 0n ? (digits.at(-1) ?? 0) >= 0x80 : (digits.at(-1) ?? 0) < 0x80) digits.push(rest === 0n ? 0 : 0xff)
  return Buffer.from([0x8a, digits.length, ...digits])
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(9, 'G')
  bytes.writeDoubleBE(value, 1)
  return bytes
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  const head = Buffer.alloc(5, 'X')
  head.writeUInt32LE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

function body(value: Pickled): Buffer {
  if (value === null) return code('N')
  if (typeof value === 'boolean') return code(value ? '\x88' : '\x89')
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? int32(value) : float(value)
  if (typeof value === 'bigint') return long(value)
  if (typeof value === 'string') return text(value)
  if (value instanceof Name) return code(`c${value.module}\n${value.name}\n`)
  if (value instanceof Tuple) return Buffer.concat([code('('), ...value.items.map(body), code('t')])
  if (value instanceof Dictionary) return Buffer.concat([code('}('), ...value.entries.flatMap(([key, entry]) => [body(key), body(entry)]), code('u')])
  if (value instanceof Persistent) return Buffer.concat([body(value.id), code('Q')])
  if (value instanceof Call) return Buffer.concat([body(value.callee), body(new Tuple(value.args)), code('R')])
  return Buffer.concat([code(']('), ...value.map(body), code('e')])
}

/** One pickle of protocol 2, as `torch.save` uses it. */
export const pickle = (value: Pickled): Buffer => Buffer.concat([code('\x80\x02'), body(value), code('.')])
