import { readFile } from 'node:fs/promises'

export interface ProcessFacts {
  readonly pid: number
  readonly command: string
  /** 2 where the process may only make the system calls of a filter (Linux's seccomp mode). */
  readonly seccomp: number
}

/** A process and all below it. */
export async function processTree(pid: number): Promise<ProcessFacts[]> {
  const children = (await contentOf(`/proc/${pid}/task/${pid}/children`)).split(' ').filter((child) => child !== '')
  const command = (await contentOf(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ')
  const seccomp = Number(/^Seccomp:\s*(\d)$/m.exec(await contentOf(`/proc/${pid}/status`))?.[1] ?? Number.NaN)
  const below = await Promise.all(children.map((child) => processTree(Number(child))))
  return [{ pid, command, seccomp }, ...below.flat()]
}

/** A process may end while it is looked at. */
const contentOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
