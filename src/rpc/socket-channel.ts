import { frameText, parseFrame } from './bytes'
import { type ChannelCore, createChannel } from './channel'

/** The part of Node's net.Socket that is used. */
export interface SocketLike {
  setEncoding(encoding: 'utf8'): unknown
  write(text: string): boolean
  end(): unknown
  destroy(): unknown
  readonly writableLength: number
  on(event: 'data', listener: (chunk: string) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'close', listener: () => void): unknown
}

const MAX_LINE_CHARACTERS = 128 * 1024 * 1024
const MAX_BUFFERED_BYTES = 256 * 1024 * 1024

/** Frames as lines of JSON over a local socket or named pipe. */
export function createSocketChannel(socket: SocketLike): ChannelCore {
  let parts: string[] = []
  let length = 0
  let reason = 'the other side closed the connection'
  const channel = createChannel({
    send(frame) {
      if (socket.writableLength > MAX_BUFFERED_BYTES) throw new Error('the other side does not read')
      socket.write(`${frameText(frame)}\n`)
    },
    close: () => socket.end(),
  })
  const giveUp = (why: string): void => {
    reason = why
    socket.destroy()
  }
  const receiveLine = (line: string): void => {
    let frame: unknown
    try {
      frame = parseFrame(line)
    } catch {
      return giveUp('a line was not JSON')
    }
    channel.receive(frame)
  }

  socket.setEncoding('utf8')
  socket.on('data', (chunk) => {
    const lines = chunk.split('\n')
    const rest = lines.pop() ?? ''
    for (const line of lines) {
      receiveLine(parts.join('') + line)
      parts = []
      length = 0
    }
    parts.push(rest)
    length += rest.length
    if (length > MAX_LINE_CHARACTERS) giveUp('a line was too long')
  })
  socket.on('error', (error) => (reason = error.message))
  socket.on('close', () => channel.closed(reason))
  return channel
}
