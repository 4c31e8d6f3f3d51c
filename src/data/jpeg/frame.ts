import { unreadable } from '../unreadable'

/** One colour of a frame, with all its coefficients. */
export interface Component {
  readonly id: number
  /** Sampling factors. */
  readonly horizontal: number
  readonly vertical: number
  readonly quantization: number
  /** Blocks that hold pixels; a scan of this component alone has only these. */
  readonly columns: number
  readonly rows: number
  /** Blocks in memory: whole groups (MCUs). */
  readonly storedColumns: number
  readonly storedRows: number
  /** [storedRows, storedColumns, 64] in the zigzag order of the file. */
  readonly coefficients: Int16Array
}

export interface Frame {
  readonly width: number
  readonly height: number
  readonly progressive: boolean
  readonly maxHorizontal: number
  readonly maxVertical: number
  /** Groups of blocks in an interleaved scan. */
  readonly groupColumns: number
  readonly groupRows: number
  readonly components: readonly Component[]
}

/** Reads a frame header (T.81 B.2.2) and makes room for its coefficients. */
export function readFrame(body: Buffer, progressive: boolean): Frame {
  if (body.length < 6 || body.length < 6 + 3 * body.readUInt8(5)) throw unreadable('its header is damaged')
  const precision = body.readUInt8(0)
  if (precision !== 8) throw unreadable(`it has ${precision} bits a channel; 8 are read`)
  const [height, width] = [body.readUInt16BE(1), body.readUInt16BE(3)]
  const given = Array.from({ length: body.readUInt8(5) }, (_, index) => {
    const [id = 0, sampling = 0, quantization = 0] = body.subarray(6 + 3 * index)
    return { id, horizontal: sampling >> 4, vertical: sampling & 15, quantization }
  })
  if (given.some(({ horizontal, vertical }) => horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4))
    throw unreadable('its header is damaged')
  const maxHorizontal = Math.max(...given.map(({ horizontal }) => horizontal))
  const maxVertical = Math.max(...given.map(({ vertical }) => vertical))
  const groupColumns = Math.ceil(width / (8 * maxHorizontal))
  const groupRows = Math.ceil(height / (8 * maxVertical))
  const components = given.map((component) => {
    const storedColumns = groupColumns * component.horizontal
    const storedRows = groupRows * component.vertical
    return {
      ...component,
      columns: Math.ceil((width * component.horizontal) / maxHorizontal / 8),
      rows: Math.ceil((height * component.vertical) / maxVertical / 8),
      storedColumns,
      storedRows,
      coefficients: new Int16Array(storedColumns * storedRows * 64),
    }
  })
  return { width, height, progressive, maxHorizontal, maxVertical, groupColumns, groupRows, components }
}
