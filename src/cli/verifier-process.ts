import { Job, type JobAnswer } from '../contract/exports'
import { runVerifyJob } from '../export/verify/verify-job'

/*
 * Forked process that checks one exported file: it runs onnxruntime and knows neither TensorFlow nor the trainer.
 * Its answer is handed over completely before the process ends; when the parent is gone, it ends.
 */
const parent = process.send?.bind(process)
if (parent === undefined) throw new Error('This file is started by fracbits as a child process.')

const sayLast = (answer: JobAnswer): void => {
  parent(answer, undefined, undefined, () => process.exit(0))
}

process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit(0))
process.once('message', (message) => void runVerifyJob(Job.parse(message)).then(sayLast))
