import { MANIFEST_HASH_KEY, MANIFEST_KEY } from '../manifest'
import { zipEntries } from '../../models/weights/zip-entries'
import { MalformedFile } from '../../util/pickle/malformed-file'
import type { FileParts } from '../onnx/read-onnx'
import { bytesOfEntry, MODEL_FILE, ModelJson } from './model-json'
import { storedZip } from './stored-zip'

export interface TfjsParts extends FileParts {
  readonly json: ModelJson
  /** The weights' files behind one another. */
  readonly weights: Uint8Array
}

/** Takes an exported zip with a graph model apart. Throws a RangeError that says what is wrong. */
export function readTfjs(file: Uint8Array): TfjsParts {
  const archive = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const entries = entriesOf(archive)
  const json = modelJsonOf(entries.get(MODEL_FILE))
  const [group] = json.weightsManifest
  if (group === undefined) throw new RangeError('it has no weights')
  const parts = group.paths.map((path) => {
    const found = entries.get(path)
    if (found === undefined) throw new RangeError(`"${path}" is not in it`)
    return found
  })
  const weights = Buffer.concat(parts)
  const tensors = new Map<string, Uint8Array>()
  let offset = 0
  for (const entry of group.weights) {
    const end = offset + bytesOfEntry(entry)
    if (end > weights.length) throw new RangeError(`the tensor ${entry.name} is longer than the weights' files`)
    tensors.set(entry.name, weights.subarray(offset, end))
    offset = end
  }
  if (offset !== weights.length) throw new RangeError("the weights' files hold more than the tensors that are named")
  const { [MANIFEST_KEY]: _manifest, [MANIFEST_HASH_KEY]: _hash, ...others } = json.userDefinedMetadata
  const rest = Buffer.from(JSON.stringify([{ ...json, userDefinedMetadata: others }, [...entries.keys()]]))
  const whole = Buffer.compare(storedZip(entries), archive) === 0
  const envelope = whole ? [] : ['Its zip archive was changed: headers or checksums do not fit what is in it.']
  return { json, weights, metadata: json.userDefinedMetadata, tensors, rest, envelope }
}

function entriesOf(file: Buffer): Map<string, Buffer> {
  try {
    return zipEntries(file)
  } catch (cause) {
    if (cause instanceof MalformedFile) throw new RangeError(cause.message, { cause })
    throw cause
  }
}

function modelJsonOf(bytes: Buffer | undefined): ModelJson {
  if (bytes === undefined) throw new RangeError(`"${MODEL_FILE}" is not in it`)
  try {
    return ModelJson.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw new RangeError(`"${MODEL_FILE}" in it is damaged`, { cause })
  }
}
