import { fromErrorShape, StudioError } from './errors'
import type { JobAnswer } from './exports'
import type { TrainerExit } from './trainer-channel'

/** What a job's process answered before it ended. Throws its failure, or TRAINER_GONE where it ended without a word. */
export function answerOf(answer: JobAnswer | undefined, { tail }: TrainerExit): Exclude<JobAnswer, { kind: 'failed' }> {
  if (answer === undefined)
    throw new StudioError('TRAINER_GONE', `The process ended without an answer. ${tail.trim().split('\n').at(-1) ?? ''}`.trim())
  if (answer.kind === 'failed') throw fromErrorShape(answer.error)
  return answer
}
