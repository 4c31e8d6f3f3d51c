import { MalformedFile } from '../util/pickle/malformed-file'
import { PickleGlobal, PickleTuple } from '../util/pickle/pickle-values'
import { type PickleVocabulary, unpickle } from '../util/pickle/unpickler'

/** An array of numpy as far as it is known. */
export class NumpyArray {
  shape: readonly number[] = []
  /** numpy's name of the element type, such as `u1` for bytes. */
  type = ''
  /** Row by row. */
  data: Buffer = Buffer.alloc(0)
}

class NumpyType {
  constructor(readonly name: string) {}
}

const RECONSTRUCT = /^numpy\._?core\.multiarray\._reconstruct$/
const KNOWN = /^(numpy\._?core\.multiarray\._reconstruct|numpy\.ndarray|numpy\.dtype|_codecs\.encode)$/

/** Python 2 kept bytes in strings; read as latin-1 they stay what they are. */
const VOCABULARY: PickleVocabulary = {
  legacyText: 'latin1',

  find(module, name) {
    const found = new PickleGlobal(module, name)
    if (!KNOWN.test(found.toString())) throw new MalformedFile(`it wants to construct ${found.toString()}, but only arrays of numpy are read`)
    return found
  },

  construct(callee, [first, second]) {
    const name = callee instanceof PickleGlobal ? callee.toString() : ''
    if (RECONSTRUCT.test(name)) return new NumpyArray()
    if (name === 'numpy.dtype' && typeof first === 'string') return new NumpyType(first)
    if (name === '_codecs.encode' && typeof first === 'string' && second === 'latin1') return Buffer.from(first, 'latin1')
    throw new MalformedFile(`it calls ${name || 'something that is no name'} with values that are not allowed in a data file`)
  },

  persistent() {
    throw new MalformedFile('it refers to something outside of it')
  },

  setState(target, state) {
    if (target instanceof NumpyType) return
    if (!(target instanceof NumpyArray && state instanceof PickleTuple)) throw new MalformedFile('it sets attributes of something that has none')
    const [, shape, type, columnsFirst, content] = state.items
    const data = typeof content === 'string' ? Buffer.from(content, 'latin1') : content
    if (!(shape instanceof PickleTuple && type instanceof NumpyType && Buffer.isBuffer(data)) || columnsFirst === true || columnsFirst === 1)
      throw new MalformedFile('one of its arrays is not stored row by row as bytes')
    target.shape = shape.items.map(Number)
    target.type = type.name
    target.data = data
  },
}

/**
 * Reads a Python pickle that holds nothing but numbers, strings, containers and arrays of numpy; a file that asks for any other object is
 * refused. Throws {@link MalformedFile}.
 */
export const readNumpyPickle = (bytes: Buffer): unknown => unpickle(bytes, VOCABULARY).value
