import { MANIFEST_HASH_KEY, MANIFEST_KEY, sha256 } from '../export/manifest'
import { type FileParts, readOnnx } from '../export/onnx/read-onnx'
import { fieldsOf } from '../util/protobuf-reader'
import { readSafetensors } from '../export/safetensors-file'
import { MODEL_FILE } from '../export/tfjs/model-json'
import { readTfjs } from '../export/tfjs/read-tfjs'
import { storedZip } from '../export/tfjs/stored-zip'
import { zipEntries } from '../models/weights/zip-entries'
import { concat, field, integerField } from '../tensor/protobuf'

/** ModelProto's metadata. */
const METADATA = 14

/** The manifest with the hashes of what is really there: whoever changes a file on purpose would do the same. Null where there is none. */
function signed({ metadata, tensors, rest }: FileParts): Record<string, string> | null {
  try {
    const manifest: unknown = JSON.parse(metadata[MANIFEST_KEY] ?? 'null')
    if (typeof manifest !== 'object' || manifest === null) return null
    const hashes = Object.fromEntries([...tensors].map(([name, bytes]) => [name, sha256(bytes)]))
    const text = JSON.stringify({ ...manifest, tensors: hashes, rest: sha256(rest) })
    return { ...metadata, [MANIFEST_KEY]: text, [MANIFEST_HASH_KEY]: sha256(text) }
  } catch {
    // A manifest that is no JSON is an input of its own.
    return null
  }
}

/** What can't be repaired is left as it is. */
function orSame(input: Buffer, repair: () => Buffer | null): Buffer {
  try {
    return repair() ?? input
  } catch (error) {
    if (error instanceof RangeError) return input
    throw error
  }
}

export const repairExportedOnnx = (input: Buffer): Buffer =>
  orSame(input, () => {
    const metadata = signed(readOnnx(input))
    if (metadata === null) return null
    const others = [...fieldsOf(input)].filter(({ number }) => number !== METADATA)
    const kept = others.map(({ number, value }) => (typeof value === 'bigint' ? integerField(number, value) : field(number, value)))
    const entries = Object.entries(metadata).map(([key, value]) => field(METADATA, concat([field(1, key), field(2, value)])))
    return Buffer.from(concat([...kept, ...entries]))
  })

export const repairExportedSafetensors = (input: Buffer): Buffer =>
  orSame(input, () => {
    const { metadata, tensors, description } = readSafetensors(input)
    const changed = signed({ metadata, tensors, rest: Buffer.from(description) })
    if (changed === null) return null
    const length = Number(input.readBigUInt64LE(0))
    const header = JSON.parse(input.toString('utf8', 8, 8 + length)) as Record<string, unknown>
    const text = Buffer.from(JSON.stringify({ ...header, __metadata__: changed }))
    const size = Buffer.alloc(8)
    size.writeBigUInt64LE(BigInt(text.length))
    return Buffer.concat([size, text, input.subarray(8 + length)])
  })

export const repairExportedTfjs = (input: Buffer): Buffer =>
  orSame(input, () => {
    const parts = readTfjs(input)
    const metadata = signed(parts)
    if (metadata === null) return null
    const text = Buffer.from(JSON.stringify({ ...parts.json, userDefinedMetadata: metadata }))
    return Buffer.from(storedZip(new Map([...zipEntries(input)].map(([name, bytes]) => [name, name === MODEL_FILE ? text : bytes]))))
  })
