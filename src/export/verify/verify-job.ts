import { toErrorShape } from '../../contract/errors'
import type { Job, JobAnswer } from '../../contract/exports'
import { verifyFile } from './verify-file'

/** Checks one file. Never rejects: a failure is an answer. */
export async function runVerifyJob(job: Job): Promise<JobAnswer> {
  try {
    if (job.kind !== 'verify') throw new RangeError(`a verifier does not do "${job.kind}"`)
    return { kind: 'verified', verification: await verifyFile(job) }
  } catch (error) {
    return { kind: 'failed', error: toErrorShape(error) }
  }
}
