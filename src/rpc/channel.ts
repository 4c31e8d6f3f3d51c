/**
 * A line to the other side. Frames are JSON-like values; they arrive in order, each once, or the line closes.
 * Frames that arrive before `onMessage` is called wait for it. `onClose` fires once, whoever closed; late listeners still hear of it.
 */
export interface Channel {
  /** Never throws; a frame sent after the close is dropped. */
  send(frame: unknown): void
  onMessage(listener: (frame: unknown) => void): void
  onClose(listener: (reason: string) => void): void
  close(): void
}

/** What a transport supplies to {@link createChannel}. */
export interface Transport {
  send(frame: unknown): void
  close(): void
}

export interface ChannelCore extends Channel {
  /** One frame before all others, such as a token; what follows waits for `onMessage`. */
  onFirstMessage(listener: (frame: unknown) => void): void
  /** The transport hands over a frame that came in. */
  receive(frame: unknown): void
  /** The transport says that the line is gone. */
  closed(reason: string): void
}

/** The behaviour every transport shares: early frames are kept, the close is told once, a failing send closes the line. */
export function createChannel(transport: Transport): ChannelCore {
  const early: unknown[] = []
  const closeListeners: ((reason: string) => void)[] = []
  let listener: ((frame: unknown) => void) | null = null
  let firstListener: ((frame: unknown) => void) | null = null
  let closeReason: string | null = null

  const closed = (reason: string): void => {
    if (closeReason !== null) return
    closeReason = reason
    for (const tell of closeListeners.splice(0)) tell(reason)
  }

  return {
    send(frame) {
      if (closeReason !== null) return
      try {
        transport.send(frame)
      } catch (error) {
        transport.close()
        closed(`sending failed: ${error instanceof Error ? error.message : String(error)}`)
      }
    },
    onMessage(next) {
      listener = next
      for (const frame of early.splice(0)) next(frame)
    },
    onFirstMessage(next) {
      firstListener = next
    },
    onClose(next) {
      const reason = closeReason
      if (reason === null) closeListeners.push(next)
      else queueMicrotask(() => next(reason))
    },
    close() {
      if (closeReason !== null) return
      transport.close()
      closed('closed on this side')
    },
    receive(frame) {
      if (closeReason !== null) return
      const first = firstListener
      firstListener = null
      if (first !== null) first(frame)
      else if (listener === null) early.push(frame)
      else listener(frame)
    },
    closed,
  }
}
