import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const ASK_LIMIT_MS = 10_000
const QUERY = ['name', 'memory.total', 'memory.free', 'compute_cap', 'driver_version']

/** A card as NVIDIA's driver describes it; memory in MiB. */
export interface NvidiaCard {
  readonly name: string
  readonly memoryMib: number
  readonly freeMib: number
  /** Compute capability, such as `9.0`. */
  readonly capability: string
}

export interface NvidiaFacts {
  /** Version of the driver; null where none was found. */
  readonly driver: string | null
  readonly cards: readonly NvidiaCard[]
}

/** Asks the system for NVIDIA's driver and its cards. A machine without either is an answer, not an error. */
export async function readNvidia(): Promise<NvidiaFacts> {
  const [kernel, listed] = await Promise.all([
    readFile('/proc/driver/nvidia/version', 'utf8').catch(() => ''),
    promisify(execFile)('nvidia-smi', [`--query-gpu=${QUERY.join(',')}`, '--format=csv,noheader,nounits'], { timeout: ASK_LIMIT_MS }).then(
      ({ stdout }) => stdout,
      () => '',
    ),
  ])
  return parseNvidia(kernel, listed)
}

/** `kernel`: what the driver's kernel module says of itself; `listed`: a line a card, values as in the query, with commas. */
export function parseNvidia(kernel: string, listed: string): NvidiaFacts {
  const rows = listed
    .split('\n')
    .map((line) => line.split(',').map((value) => value.trim()))
    .filter((row) => row.length === QUERY.length)
  const cards = rows.map(([name = '', memory, free, capability = '']) => ({ name, memoryMib: Number(memory), freeMib: Number(free), capability }))
  return { driver: /\b(\d+\.\d+(?:\.\d+)?)\b/.exec(kernel)?.[1] ?? rows[0]?.[4] ?? null, cards }
}

/** Whether version `a` is older than `b`, part by part as numbers. */
const isOlder = (a: string, b: string): boolean => a.localeCompare(b, 'en', { numeric: true }) < 0

const LITTLE_MEMORY_MIB = 512

/** Why TensorFlow uses no GPU, and what to do about it; both whole sentences. */
export interface NoGpu {
  readonly reason: string
  readonly remedy: string
}

/**
 * Finds the reason in what the machine has, what the runtime needs, and what TensorFlow `said` (empty where it was silent). `visible` is
 * CUDA_VISIBLE_DEVICES. The messages are those of TensorFlow 2.21; one of them names drivers where its CUDA library is missing.
 */
export function whyNoGpu(
  { driver, cards }: NvidiaFacts,
  needs: { readonly driver: string | null; readonly capability: string | null } | null,
  said: string,
  visible: string | undefined,
): NoGpu {
  const onCpu = 'or compute on the CPU with the built-in runtime.'
  if (driver === null) return { reason: 'No NVIDIA driver was found on this machine.', remedy: `Install NVIDIA's driver for the card, ${onCpu}` }
  if (needs !== null && needs.driver !== null && isOlder(driver, needs.driver))
    return { reason: `The NVIDIA driver is ${driver}, and ${needs.driver} is the oldest that the runtime works with.`, remedy: `Install a newer driver, ${onCpu}` }
  if (cards.length === 0) return { reason: `The NVIDIA driver ${driver} sees no card.`, remedy: `Look at what nvidia-smi says, ${onCpu}` }
  if (visible !== undefined && !/^\d|^GPU|^MIG/.test(visible))
    return { reason: `CUDA_VISIBLE_DEVICES is "${visible}", which hides every card.`, remedy: 'Take it out of the environment.' }
  const lowest = needs?.capability ?? null
  const [first] = cards
  if (lowest !== null && first !== undefined && cards.every(({ capability }) => isOlder(capability, lowest)))
    return { reason: `${first.name} has compute capability ${first.capability}, and the runtime has code from ${lowest} on.`, remedy: `Use a newer card, ${onCpu}` }
  if (/Could not find cuda drivers|Cannot dlopen|Could not load dynamic library/.test(said))
    return { reason: 'A CUDA library of the runtime could not be opened.', remedy: 'Remove the runtime and install it again.' }
  const failed = /failed call to cuInit: (.*)/i.exec(said)?.[1]
  if (failed !== undefined) return { reason: `CUDA could not be started (${failed.trim()}).`, remedy: `Look at what nvidia-smi says, ${onCpu}` }
  if (cards.every(({ freeMib }) => freeMib < LITTLE_MEMORY_MIB))
    return { reason: `Other programs have taken the GPU's memory (${String(first?.freeMib ?? 0)} MiB are free).`, remedy: 'End one of them and try again.' }
  return { reason: 'TensorFlow found no GPU that it can use.', remedy: `Look at what nvidia-smi says, ${onCpu}` }
}

/** `NVIDIA H200, 139 GB` */
export const cardName = ({ name, memoryMib }: NvidiaCard): string => `${name}, ${String(Math.round(memoryMib / 1024))} GB`
