import { describe, expect, it } from 'vitest'
import { SlurmSection } from '../contract/training-config'
import { slurmSays } from './end-reason'
import { submitArguments } from './job-request'
import { filesIn } from './spool-entry'

const files = filesIn('/shared/runs/r1/slurm/2')
const asked = (options: unknown): string[] => submitArguments(files, 'fracbits-r1-2', SlurmSection.parse(options))

describe('what a job asks for', () => {
  it('is what the configuration says, in the options of sbatch', () => {
    const args = asked({ partition: 'gpu,long', time_limit: '1-12', cpus: 8, memory_gb: 1.5, gpus: 2, account: 'vision', options: ['--qos=long', '--exclusive'] })
    expect(args.slice(-9)).toEqual([
      '--partition=gpu,long',
      '--time=1-12',
      '--cpus-per-task=8',
      '--mem=1536M',
      '--gres=gpu:2',
      '--account=vision',
      '--qos=long',
      '--exclusive',
      '/shared/runs/r1/slurm/2/job.sh',
    ])
    expect(args).toContain('--requeue')
  })

  it('is left to the cluster where nothing is said', () => {
    expect(asked({}).filter((option) => /^--(partition|time|cpus|mem|gres|account)/.test(option))).toEqual([])
  })

  it.each(['--output=/etc/passwd', '--outp=/etc/passwd', '-o x', 'x.sh', '--wrap=rm', '--export=NONE', '--qos=a --output=b\n', '--chdir=/'])('is refused where it is not about resources: %j', (option) => {
    expect(SlurmSection.safeParse({ options: [option] }).success).toBe(false)
  })

  it.each(['5 minutes', '1:2:3:4', '-1', '1-'])('is refused where it is no time: %j', (time) => {
    expect(SlurmSection.safeParse({ time_limit: time }).success).toBe(false)
  })
})

describe('why a job is over', () => {
  const on = (state: string, reason: string | null = null) => ({ state, reason, node: 'n7' })

  it.each([
    ['OUT_OF_MEMORY', /^Slurm job 12 on node n7 used more memory than it had asked for and was ended: raise memory_gb /],
    ['TIMEOUT', /^Slurm job 12 on node n7 reached its time limit /],
    ['NODE_FAIL', /^Slurm job 12 on node n7 was lost because its node failed/],
    ['PREEMPTED', /had to give way to another one/],
    ['CANCELLED', /was cancelled, but not from here/],
  ])('%s is said in a sentence', (state, words) => {
    expect(slurmSays('12', on(state), true)).toEqual({ status: 'interrupted', reason: expect.stringMatching(words) as string })
  })

  it('is told by the process itself where it has begun, and by Slurm where it never did', () => {
    expect(slurmSays('12', on('FAILED', 'NonZeroExitCode'), true)).toBeNull()
    expect(slurmSays('12', on('FAILED', 'JobLaunchFailure'), false)).toMatchObject({ status: 'failed', reason: expect.stringContaining('FAILED, JobLaunchFailure') as string })
  })
})
