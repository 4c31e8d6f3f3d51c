import { StudioError, toErrorShape } from '../contract/errors'
import type { TrainerChannel } from '../contract/trainer-channel'
import type { TrainerSpec } from '../contract/trainer-messages'
import { chooseDevice, requireDevice, sharingDevices } from './device-choice'
import { prepareRun } from './prepare-run'
import { RunControl, StopRequested } from './run-control'

/** Runs the one job of a trainer process: waits for `start`, obeys pause, continue and stop, and always ends with `ended`. */
export function runTrainer(channel: TrainerChannel): void {
  const control = new RunControl((type) => { channel.send({ type }) })
  let started = false
  channel.onCommand((command) => {
    if (command.type !== 'start') {
      control.handle(command)
      return
    }
    if (started) return
    started = true
    void execute(command.spec, channel, control)
  })
}

async function execute(spec: TrainerSpec, channel: TrainerChannel, control: RunControl): Promise<void> {
  try {
    chooseDevice(spec.config)
    await requireDevice(spec)
    const devices = sharingDevices(spec.config)
    if (spec.runtime !== undefined) channel.send({ type: 'log', time: Date.now(), level: 'info', message: `TensorFlow comes from the runtime ${spec.runtime.name}` })
    const run = await prepareRun(spec, devices, channel, control)
    await run.execute()
    channel.send({ type: 'ended', outcome: 'finished', error: null })
  } catch (error) {
    if (error instanceof StopRequested) {
      channel.send({ type: 'ended', outcome: 'stopped', error: null })
      return
    }
    const shape = toErrorShape(asStudioError(error))
    channel.send({ type: 'log', time: Date.now(), level: 'error', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    channel.send({ type: 'ended', outcome: 'failed', error: shape })
  }
}

/** TensorFlow reports exhausted memory as text; our own errors may name any folder. */
function asStudioError(error: unknown): unknown {
  if (error instanceof Error && !(error instanceof StudioError) && /\bOOM\b|ran out of memory|ResourceExhausted|RESOURCE_EXHAUSTED/.test(error.message)) {
    return new StudioError('INTERNAL', 'The machine ran out of memory. Lower batch_size, or close other programs, and resume.', { cause: error })
  }
  return error
}
