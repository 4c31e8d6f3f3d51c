export interface FrameBatch {
  /** Asks for one `flush` at a coming frame, however often it is called before. */
  schedule(): void
  stop(): void
}

/**
 * Joins bursts of changes into one repaint, at most every `minIntervalMs`; while the page is hidden nothing is painted and nothing
 * piles up.
 */
export function createFrameBatch(flush: () => void, minIntervalMs = 0): FrameBatch {
  let frame: number | null = null
  let timer: ReturnType<typeof setTimeout> | null = null
  let last = Number.NEGATIVE_INFINITY

  function request(): void {
    timer = null
    frame = requestAnimationFrame(() => {
      frame = null
      last = performance.now()
      flush()
    })
  }

  return {
    schedule() {
      if (frame !== null || timer !== null) return
      const wait = last + minIntervalMs - performance.now()
      if (wait <= 0) request()
      else timer = setTimeout(request, wait)
    },
    stop() {
      if (frame !== null) cancelAnimationFrame(frame)
      if (timer !== null) clearTimeout(timer)
      frame = null
      timer = null
    },
  }
}
