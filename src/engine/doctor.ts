import { constants } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import type { DoctorCheck } from '../contract/api'
import type { SlurmOffer } from '../contract/slurm'
import { installation } from '../util/installation'
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

/** Looks at everything that a training run needs. Never rejects; takes as long as TensorFlow takes to load. */
export function runDoctor(deps: Pick<EngineDeps, 'workspace' | 'store' | 'trainerHost' | 'cluster' | 'demoData'>): Promise<DoctorCheck[]> {
  return Promise.all([
    check('TensorFlow', installation().repair, async () => {
      const { tensorflow, device } = await deps.trainerHost.probe()
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
