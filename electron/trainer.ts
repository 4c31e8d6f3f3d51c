import { Job } from '../src/contract/exports'
import { TrainerCommand } from '../src/contract/trainer-messages'
import { runExportJob } from '../src/training/export-job'
import { runTrainer } from '../src/training/run-trainer'
import { probeMessage } from '../src/tensor/probe'
import { beFirstToGo } from '../src/util/first-to-go'
import { outliveSignalsInJob } from '../src/util/trainer-environment'
import { requireParentPort, requirePort } from './engine/parent-port'

/** How long the engine may take to acknowledge the last message before this process ends all the same. */
const GOODBYE_LIMIT_MS = 5_000

/*
 * Utility process for one job.
 * 1. Wait for the port to the engine; main hands it over right after the start.
 * 2. When the engine closes the port, it has what it wants or is gone: end.
 * 3. In probe mode say what TensorFlow finds, in job mode do one export; otherwise speak the trainer contract until `ended`.
 *    A process that exits may take unsent messages with it, so it waits for the engine to close the port.
 */
beFirstToGo()
outliveSignalsInJob()
requireParentPort().once('message', (message) => {
  const port = requirePort(message.ports)
  const sayLast = (value: unknown): void => {
    port.postMessage(value)
    setTimeout(() => process.exit(0), GOODBYE_LIMIT_MS)
  }
  port.on('close', () => process.exit(0))
  if (process.env.FRACBITS_TRAINER_MODE === 'probe') {
    port.start()
    sayLast(probeMessage())
    return
  }
  if (process.env.FRACBITS_TRAINER_MODE === 'job') {
    port.once('message', (event) => {
      const job = Job.parse(event.data)
      if (job.kind !== 'verify') void runExportJob(job).then(sayLast)
    })
    port.start()
    return
  }
  runTrainer({
    send: (event) => (event.type === 'ended' ? sayLast(event) : port.postMessage(event)),
    onCommand: (listener) => port.on('message', (event) => listener(TrainerCommand.parse(event.data))),
  })
  port.start()
})
