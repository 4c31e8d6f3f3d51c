import { readFile } from 'node:fs/promises'

/** Peak resident memory in bytes of the processes that `pid` has started and that are alive; 0 where there is none. */
export async function peakOfChildren(pid: number): Promise<number> {
  const children = (await contentOf(`/proc/${pid}/task/${pid}/children`)).split(' ').filter((child) => child !== '')
  const peaks = await Promise.all(children.map(async (child) => /VmHWM:\s*(\d+) kB/.exec(await contentOf(`/proc/${child}/status`))?.[1] ?? '0'))
  return 1024 * Math.max(0, ...peaks.map(Number))
}

/** A process may end while it is looked at. */
const contentOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
