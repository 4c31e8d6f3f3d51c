import type { FillRequest } from './fill-batch'

/** Fewer images than this are not worth a message to another thread. */
const MIN_IMAGES = 8

/** Parts of a batch that threads can make at the same time; together they make what the whole request makes. */
export function divideRequest(request: FillRequest, threads: number): FillRequest[] {
  const places = request.labels.length
  const parts = Math.max(1, Math.min(threads, Math.floor(places / MIN_IMAGES)))
  if (parts === 1) return [request]
  const imageBytes = request.images.length / places
  return Array.from({ length: parts }, (_, part) => {
    const from = Math.floor((part * places) / parts)
    const to = Math.floor(((part + 1) * places) / parts)
    return {
      ...request,
      indices: request.indices.slice(from, to),
      firstPosition: request.firstPosition + from,
      images: request.images.subarray(from * imageBytes, to * imageBytes),
      labels: request.labels.subarray(from, to),
    }
  })
}
