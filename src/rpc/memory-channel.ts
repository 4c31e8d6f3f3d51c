import { type Channel, type ChannelCore, createChannel } from './channel'

/** Two ends of a line within one process. Frames are cloned and arrive later, as on every other transport. */
export function createMemoryChannels(): [Channel, Channel] {
  const end = (other: () => ChannelCore): ChannelCore =>
    createChannel({
      send(frame) {
        const copy: unknown = structuredClone(frame)
        queueMicrotask(() => other().receive(copy))
      },
      close: () => queueMicrotask(() => other().closed('closed by the other side')),
    })
  const left: ChannelCore = end(() => right)
  const right: ChannelCore = end(() => left)
  return [left, right]
}
