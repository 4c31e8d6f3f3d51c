const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Hands Ctrl-C and requests to end; without a listener they end the process as usual. */
export function onInterrupt(listener: () => void): () => void {
  for (const signal of SIGNALS) process.on(signal, listener)
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener)
  }
}
