import type { Channel } from '../rpc/channel'

/** Passes frames both ways; when one side closes, so does the other. */
export function bridge(a: Channel, b: Channel): void {
  a.onMessage((frame) => b.send(frame))
  b.onMessage((frame) => a.send(frame))
  a.onClose(() => b.close())
  b.onClose(() => a.close())
}
