import type { RunDetail, RunStatus } from '../../../src/contract/entities'

/** What the person is told when nobody looks at the window. */
export interface RunNews {
  readonly runId: string
  readonly title: string
  readonly body: string
}

const percent = (value: number): string => `${value.toFixed(2)} %`

/** How a run that has ended turned out: the integer model counts, beside what it is compared with. */
function outcome({ result }: Pick<RunDetail, 'result'>): string {
  const row = (kind: string) => result?.rows.find((one) => one.kind === kind)
  const [mixed, float] = [row('mixed'), row('fp32')]
  if (mixed === undefined) return 'All steps are done.'
  const rate = `, ${mixed.rate.toFixed(2)} times smaller than INT8`
  return `Mixed precision ${percent(mixed.top1)}${float === undefined ? '' : ` (FP32 ${percent(float.top1)})`}${rate}.`
}

/** News of a change of status, or null where it is none: what a person did is known to the person. */
export function newsOf(run: Pick<RunDetail, 'id' | 'name' | 'result'>, status: RunStatus, reason: string | null): RunNews | null {
  const say = (what: string, body: string): RunNews => ({ runId: run.id, title: `${run.name} ${what}`, body })
  if (status === 'finished') return say('is finished', outcome(run))
  if (reason === null) return null
  if (status === 'failed') return say('failed', reason)
  if (status === 'interrupted') return say('was interrupted', reason)
  if (status === 'queued') return say('starts again', reason)
  return status === 'paused' || status === 'running' ? say('has to wait', reason) : null
}
