/**
 * Files of one split in memory that threads share: names and classes of millions of files would be copied into every thread as ordinary
 * strings.
 */
export interface FileList {
  /** Folder that the names are relative to. */
  readonly root: string
  readonly count: number
  /** All names after one another, UTF-8, with / between folders. */
  readonly names: Uint8Array
  /** [count + 1]: where each name starts in `names`. */
  readonly starts: Uint32Array
  /** [count]: class index. */
  readonly labels: Int32Array
}

export interface NamedFile {
  readonly name: string
  readonly label: number
}

/** At most `limit` files, spread evenly over all of them: the first ones alone would be of one class. */
export function packFileList(root: string, files: readonly NamedFile[], limit = Infinity): FileList {
  const count = Math.min(files.length, limit)
  const chosen = Array.from({ length: count }, (_, index) => files[Math.floor((index * files.length) / count)] ?? { name: '', label: 0 })
  const encoded = chosen.map(({ name }) => Buffer.byteLength(name))
  const names = Buffer.from(new SharedArrayBuffer(encoded.reduce((sum, length) => sum + length, 0)))
  const starts = new Uint32Array(new SharedArrayBuffer((count + 1) * Uint32Array.BYTES_PER_ELEMENT))
  const labels = new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT))
  chosen.forEach(({ name, label }, index) => {
    const start = starts[index] ?? 0
    names.write(name, start)
    starts[index + 1] = start + (encoded[index] ?? 0)
    labels[index] = label
  })
  return { root, count, names: new Uint8Array(names.buffer, names.byteOffset, names.length), starts, labels }
}

/** Name of a file, relative to the list's root. */
export function fileName({ names, starts }: FileList, index: number): string {
  const [start = 0, end = 0] = starts.subarray(index, index + 2)
  // A decoder takes no shared memory.
  return Buffer.from(names.subarray(start, end)).toString('utf8')
}
