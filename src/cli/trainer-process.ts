import { Job } from '../contract/exports'
import { TrainerCommand } from '../contract/trainer-messages'
import { probeMessage } from '../tensor/probe'
import { runExportJob } from '../training/export-job'
import { runTrainer } from '../training/run-trainer'
import { beFirstToGo } from '../util/first-to-go'
import { outliveSignalsInJob } from '../util/trainer-environment'

/*
 * Forked process for one job of a command without the desktop app.
 * 1. In probe mode say what TensorFlow finds, in job mode do one export; otherwise speak the trainer contract over the IPC channel until `ended`.
 * 2. The last message is handed over completely before the process ends.
 * 3. When the parent is gone nobody can use the work: end.
 * 4. Ctrl-C reaches every process of the terminal; stopping is the parent's decision.
 */
const parent = process.send?.bind(process)
if (parent === undefined) throw new Error('This file is started by fracbits as a child process.')

const sayLast = (value: unknown): void => {
  parent(value, undefined, undefined, () => process.exit(0))
}

beFirstToGo()
process.on('SIGINT', () => undefined)
outliveSignalsInJob()
process.on('disconnect', () => process.exit(0))

if (process.env.FRACBITS_TRAINER_MODE === 'probe') {
  sayLast(probeMessage())
} else if (process.env.FRACBITS_TRAINER_MODE === 'job') {
  process.once('message', (message) => {
    const job = Job.parse(message)
    if (job.kind !== 'verify') void runExportJob(job).then(sayLast)
  })
} else {
  runTrainer({
    send: (event) => {
      if (event.type === 'ended') sayLast(event)
      else parent(event)
    },
    onCommand: (listener) => void process.on('message', (message) => listener(TrainerCommand.parse(message))),
  })
}
