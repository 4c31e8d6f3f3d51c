import { Job } from '../src/contract/exports'
import { runVerifyJob } from '../src/export/verify/verify-job'
import { requireParentPort, requirePort } from './engine/parent-port'

/** How long the engine may take to acknowledge the answer before this process ends all the same. */
const GOODBYE_LIMIT_MS = 5_000

/*
 * Utility process that checks one exported file: it runs onnxruntime and knows neither TensorFlow nor the trainer.
 * It ends when the engine closes the port, which it does once it has the answer.
 */
requireParentPort().once('message', (message) => {
  const port = requirePort(message.ports)
  port.on('close', () => process.exit(0))
  port.once('message', (event) => {
    void runVerifyJob(Job.parse(event.data)).then((answer) => {
      port.postMessage(answer)
      setTimeout(() => process.exit(0), GOODBYE_LIMIT_MS)
    })
  })
  port.start()
})
