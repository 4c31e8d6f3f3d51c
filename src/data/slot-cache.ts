/** Memory for one batch. */
export interface Slot {
  readonly images: Uint8Array
  readonly labels: Int32Array
}

/** Keeps the memory of finished batches for the next ones, so that epochs do not leave garbage outside the JavaScript heap. */
export interface SlotCache {
  take(batchSize: number, imageBytes: number): Slot
  give(slot: Slot): void
  clear(): void
}

export function createSlotCache(): SlotCache {
  const free: Slot[] = []
  return {
    take(batchSize, imageBytes) {
      const place = free.findIndex(({ images, labels }) => labels.length === batchSize && images.length === batchSize * imageBytes)
      const [found] = place < 0 ? [] : free.splice(place, 1)
      return (
        found ?? {
          images: new Uint8Array(new SharedArrayBuffer(batchSize * imageBytes)),
          labels: new Int32Array(new SharedArrayBuffer(batchSize * Int32Array.BYTES_PER_ELEMENT)),
        }
      )
    },
    give: (slot) => void free.push(slot),
    clear: () => void free.splice(0),
  }
}
