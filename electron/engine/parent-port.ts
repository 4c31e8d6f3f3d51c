import type { MessagePortMain, ParentPort } from 'electron'

/** The utility process's line to main. Absent only when the entry is started by hand. */
export function requireParentPort(): ParentPort {
  const port: ParentPort | undefined = process.parentPort
  if (port === undefined) throw new Error('This file is started by the desktop app as a utility process.')
  return port
}

/** The one port that a message has to carry. */
export function requirePort(ports: readonly MessagePortMain[]): MessagePortMain {
  const [port] = ports
  if (port === undefined) throw new Error('The message carries no port.')
  return port
}
