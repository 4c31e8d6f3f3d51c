import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A real Slurm with one node, this machine, of its own for a test. */
export interface SlurmCluster {
  /** Has Slurm's programs speak to this cluster. */
  readonly env: Readonly<Record<string, string>>
  /** Calls one of Slurm's programs and gives what it printed. */
  command(program: string, ...args: readonly string[]): Promise<string>
  close(): Promise<void>
}

/** Debian keeps daemons where an ordinary person's PATH does not lead. */
const daemon = (name: string): string => {
  const path = join('/usr/sbin', name)
  if (!existsSync(path)) throw new Error(`${name} is not at ${path}. "npm test" sets it up.`)
  return path
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  return Promise.all(
    servers.map((server) => {
      const address = server.address()
      return new Promise<number>((resolve) => server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0)))
    }),
  )
}

/** Starts a daemon in the foreground and waits until it says that it is ready; what it said comes with the error where it ends first. */
function start(program: string, args: readonly string[], ready: RegExp, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(daemon(program), args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    const hear = (chunk: string): void => {
      said += chunk
      if (ready.test(said)) resolve(child)
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`${program} ended with code ${String(code)}: ${said.slice(-2000)}`)))
  })
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('close', () => resolve())
  })
}

function configuration(folder: string, [controller, node]: readonly number[]): string {
  const { username } = userInfo()
  return `ClusterName=test
SlurmctldHost=localhost
SlurmUser=${username}
SlurmdUser=${username}
AuthType=auth/munge
# Lets a job that was put back begin again after seconds instead of two minutes.
AuthInfo=socket=${folder}/munge/socket,cred_expire=5
SlurmctldPort=${String(controller)}
SlurmdPort=${String(node)}
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
# Nobody else's machine is to reach these daemons.
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SlurmdParameters=config_overrides
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=20
NodeName=node1 NodeHostname=localhost NodeAddr=127.0.0.1 CPUs=8 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=node1 Default=YES MaxTime=INFINITE State=UP
`
}

export async function startSlurm(): Promise<SlurmCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'fracbits-slurm-'))
  await chmod(folder, 0o755)
  for (const [name, mode] of [
    ['munge', 0o755],
    ['private', 0o700],
    ['state', 0o755],
    ['spool', 0o755],
  ] as const)
    await mkdir(join(folder, name), { mode })
  await writeFile(join(folder, 'private/key'), randomBytes(128), { mode: 0o600 })
  await writeFile(join(folder, 'slurm.conf'), configuration(folder, await freePorts(2)))
  const env = { SLURM_CONF: join(folder, 'slurm.conf') }
  const daemonEnv = { ...process.env, ...env }
  const running: ChildProcess[] = []
  const files = [
    '--key-file',
    'private/key',
    '--socket',
    'munge/socket',
    '--pid-file',
    'munge/pid',
    '--log-file',
    'private/log',
    '--seed-file',
    'private/seed',
  ]
  const close = async (): Promise<void> => {
    for (const child of running.toReversed()) {
      child.kill('SIGTERM')
      await ended(child)
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    const munge = ['--foreground', '--num-threads=10', ...files.map((word) => (word.startsWith('--') ? word : join(folder, word)))]
    running.push(await start('munged', munge, /Created \d+ work threads/, daemonEnv))
    running.push(await start('slurmctld', ['-D', '-f', env.SLURM_CONF], /Running as primary controller/, daemonEnv))
    running.push(await start('slurmd', ['-D', '-f', env.SLURM_CONF, '-N', 'node1'], /slurmd started/, daemonEnv))
  } catch (error) {
    await close()
    throw error
  }
  return { env, close, command: async (program, ...args) => (await run(program, args, { env: { ...process.env, ...env } })).stdout }
}
