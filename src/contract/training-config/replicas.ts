/** More GPUs than one machine has. */
export const MAX_REPLICAS = 64

/** Why devices can't share a batch, in a sentence that says what to do; null where they can. */
export function sharingProblem(batchSize: number, devices: number): string | null {
  if (batchSize % devices === 0) return null
  const next = Math.ceil(batchSize / devices) * devices
  return `${String(devices)} devices can't share ${String(batchSize)} images equally. Set batch_size to a multiple of ${String(devices)}, such as ${String(next)}, or set replicas to a number that divides it.`
}

/** Images that one device takes of a batch that the original divides by rounding down. */
export const shareOf = (batchSize: number, devices: number): number => Math.max(1, Math.floor(batchSize / devices))
