import { constants } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import type { DoctorCheck } from '../contract/api'
import type { SlurmOffer } from '../contract/slurm'
import { installation } from '../util/installation'
import { cardName, readNvidia } from '../util/nvidia'
import { probeRuntime } from './runtimes/probe-runtime'
import type { RuntimeControl } from './runtimes/runtime-control'
import type { EngineDeps } from './types'

const MIN_FREE_BYTES = 1_000_000_000
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A check whose work rejects is a failed one; the rejection says why. */
async function check(name: string, remedy: string, work: () => Promise<string>): Promise<DoctorCheck> {
  try {
    return { name, ok: true, detail: await work(), remedy: null }
  } catch (error) {
    return { name, ok: false, detail: messageOf(error), remedy }
  }
}

async function freeSpace(folder: string): Promise<string> {
  const { bavail, bsize } = await statfs(folder)
  const text = `${((bavail * bsize) / 1e9).toFixed(1)} GB free in ${folder}`
  if (bavail * bsize < MIN_FREE_BYTES) throw new Error(text)
  return text
}

/** Having no display is no fault: the interface is served to a browser then. */
function display(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform !== 'linux') return 'the system has one'
  const name = env['WAYLAND_DISPLAY'] ?? env['DISPLAY'] ?? ''
  return name === '' ? 'none; the interface is served at a local address instead' : name
}

/** What the cluster offers; without one, that this is so. */
export const slurmOffer = ({ cluster }: Pick<EngineDeps, 'cluster'>): Promise<SlurmOffer> =>
  cluster?.offer() ?? Promise.resolve({ available: false, version: null, partitions: [], sentence: 'This program was started without Slurm.' })

/** Having no cluster is no fault; one that is there and does not answer is. */
async function slurm(deps: Pick<EngineDeps, 'cluster'>): Promise<string> {
  const { available, version, partitions, sentence } = await slurmOffer(deps)
  if (!available && version !== null) throw new Error(sentence)
  const offers = partitions.map(
    ({ name, up, timeLimit, nodes, cpusPerNode, memoryMbPerNode, gres }) =>
      `${name}: ${String(nodes)} ${nodes === 1 ? 'node' : 'nodes'} of ${cpusPerNode} CPUs and ${memoryMbPerNode} MB${gres === null ? '' : `, ${gres}`}, at most ${timeLimit}${up ? '' : ', down'}`,
  )
  return [sentence, ...offers].join('; ')
}

/** Having no GPU is no fault: the built-in TensorFlow computes on the CPU. */
async function gpu(hasRuntime: boolean): Promise<string> {
  const { driver, cards } = await readNvidia()
  if (driver === null) return 'no NVIDIA driver was found; runs compute on the CPU'
  const found = cards.length === 0 ? 'no card' : cards.map(cardName).join('; ')
  const use = hasRuntime ? 'runs that name a runtime for GPUs compute on it' : `a runtime lets runs compute on it: ${installation().command} runtime install gpu`
  return `${found} with driver ${driver}; ${use}`
}

type DoctorDeps = Pick<EngineDeps, 'workspace' | 'store' | 'trainerHost' | 'cluster' | 'demoData'> & { readonly runtimes: Pick<RuntimeControl, 'list' | 'find'> }

/** Each installed runtime is loaded once: one that can't do what it is for is a fault. */
async function runtimeChecks({ trainerHost, runtimes }: Pick<DoctorDeps, 'trainerHost' | 'runtimes'>): Promise<DoctorCheck[]> {
  const installed = (await runtimes.list()).filter(({ status }) => status === 'installed')
  const checks = await Promise.all(
    installed.map(async ({ name }) => {
      const runtime = await runtimes.find(name)
      if (runtime === null) return []
      const { usable, detail, reason, remedy } = await probeRuntime(trainerHost, runtime)
      return [{ name: `Runtime ${name}`, ok: usable, detail: [reason, reason === null || detail === null ? detail : `(${detail})`].filter((part) => part !== null).join(' '), remedy }]
    }),
  )
  const hasGpu = installed.some(({ kind }) => kind === 'gpu')
  return [await check('GPU', 'Look at what nvidia-smi says.', () => gpu(hasGpu)), ...checks.flat()]
}

/** Looks at everything that a training run needs. Never rejects; takes as long as TensorFlow takes to load. */
export async function runDoctor(deps: DoctorDeps): Promise<DoctorCheck[]> {
  const [machine, runtimes] = await Promise.all([machineChecks(deps), runtimeChecks(deps)])
  return [...machine.slice(0, 1), ...runtimes, ...machine.slice(1)]
}

function machineChecks(deps: DoctorDeps): Promise<DoctorCheck[]> {
  return Promise.all([
    check('TensorFlow', installation().repair, async () => {
      const { tensorflow, device } = await deps.trainerHost.probe(null)
      return `libtensorflow ${tensorflow} on ${device}`
    }),
    check('Node.js', 'Install Node.js 20.19 or newer.', () => {
      if (process.versions.electron !== undefined) return Promise.resolve(`${process.version}, part of Electron ${process.versions.electron}`)
      const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
      if (major < 20 || (major === 20 && minor < 19)) return Promise.reject(new Error(process.version))
      return Promise.resolve(process.version)
    }),
    check('Workspace', 'Choose a folder that you may write to with --workspace or FRACBITS_WORKSPACE.', async () => {
      await access(deps.workspace, constants.W_OK)
      return deps.workspace
    }),
    check('Database', 'Move the damaged database away, or put a copy in its place, and start again.', async () => {
      const row = await deps.store.database.get('PRAGMA quick_check(1)')
      if (row?.['quick_check'] !== 'ok') throw new Error(String(row?.['quick_check']))
      return deps.store.database.file
    }),
    check('Disk', 'Free some space, or choose a workspace on another disk.', () => freeSpace(deps.workspace)),
    check('Demo images', 'Everything but the demo works without them.', async () => {
      const { directory, problem } = await deps.demoData()
      if (problem !== null) throw new Error(problem)
      return directory
    }),
    check('Slurm', 'Everything but runs on the cluster works without it; ask those who run the cluster.', () => slurm(deps)),
    check('Display', 'None needed.', () => Promise.resolve(display(process.env, process.platform))),
  ])
}
