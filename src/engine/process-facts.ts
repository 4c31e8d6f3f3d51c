import { readFileSync } from 'node:fs'

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not Linux, no such process, or not ours to see: the fact is unknown.
    return null
  }
}

/** Fields of `/proc/PID/stat` behind the name, which may hold spaces and brackets; index 0 is the state. */
function statFields(pid: number): string[] | null {
  const text = read(`/proc/${pid}/stat`)
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** Processor time that a process has used, in ticks of the system; null where that is unknown. */
export function cpuTicksOf(pid: number): number | null {
  const fields = statFields(pid)
  return fields === null ? null : Number(fields[11]) + Number(fields[12])
}

/** Tells a process from a later one with the same number: machine start and start time. Null where that is unknown. */
export function identityOf(pid: number): string | null {
  const started = statFields(pid)?.[19]
  const boot = read('/proc/sys/kernel/random/boot_id')
  return started === undefined || boot === null ? null : `${boot.trim()} ${started}`
}

const countIn = (text: string | null): number => Number(/^oom_kill (\d+)$/m.exec(text ?? '')?.[1] ?? 0)

/** How many processes the system has ended for want of memory since it started, by its own count; null where it does not count. */
export function memoryKills(): number | null {
  const vmstat = read('/proc/vmstat')
  return vmstat === null || !vmstat.includes('\noom_kill ') ? null : countIn(vmstat)
}
