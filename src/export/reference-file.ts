import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { decodeHeader, encodeHeader } from '../models/weights/safetensors-header'
import { writeFileAtomic } from '../util/atomic-write'

/** What logits of the trainer's integer model belong to. */
export const ReferenceInfo = z.object({
  checkpointSha256: z.string(),
  /** sha256 of the exported file that they were recorded with; null where they were made for a check. */
  fileSha256: z.string().nullable(),
  /** Validation images from the first on. */
  images: z.int(),
  classes: z.int(),
})
export type ReferenceInfo = z.infer<typeof ReferenceInfo>

const KEY = 'fracbits_reference'

/** Logits that lie beside an exported file. */
export const referencePath = (file: string): string => `${file}.reference`

/** Writes logits [images, classes] as safetensors. */
export async function writeReference(file: string, logits: Float32Array, info: ReferenceInfo): Promise<void> {
  const header = encodeHeader(new Map([['logits', [info.images, info.classes]]]), { [KEY]: JSON.stringify(info) })
  await writeFileAtomic(file, Buffer.concat([header, new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength)]))
}

/** Throws a RangeError where the file is damaged. */
export async function readReference(file: string): Promise<{ info: ReferenceInfo; logits: Float32Array }> {
  const bytes = await readFile(file)
  const header = decodeHeader(bytes)
  const entry = header.tensors.get('logits')
  const info = ReferenceInfo.safeParse(jsonOf(header.metadata[KEY]))
  if (!info.success || entry?.dtype !== 'F32') throw new RangeError('it does not hold logits')
  if (String(entry.shape) !== String([info.data.images, info.data.classes])) throw new RangeError('it does not hold as many logits as it says')
  const logits = Uint8Array.from(bytes.subarray(header.dataStart + entry.begin, header.dataStart + entry.end))
  return { info: info.data, logits: new Float32Array(logits.buffer) }
}

function jsonOf(text = 'null'): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RangeError('what it says about itself is damaged', { cause })
  }
}
