import type { TrainerChannel } from '../contract/trainer-channel'
import type { TrainerSpec } from '../contract/trainer-messages'
import { modesOf } from '../contract/training-config'
import type { Dataset } from '../data/batch'
import { deviceName } from '../tensor/probe'
import type { SharingDevices } from './device-choice'
import { type FileNote, resumeFromFile, type ResumedRun } from './given-files'
import { loadRun } from './run-checkpoint'
import type { RunControl } from './run-control'
import { RunJournal } from './run-journal'
import { configNotes, quantizerNote } from './run-notes'
import { RunOutput } from './run-output'
import { describeQuantizer, openRunParts, type RunParts, runEnvironment } from './run-parts'
import { isLearned } from './run-passes'
import { RunReporter } from './run-reporter'
import { TrainingRun } from './training-run'

/** Opens everything, for these devices, goes to the checkpoint or epoch to start from if there is one, and announces the run. */
export async function prepareRun(spec: TrainerSpec, devices: SharingDevices, channel: TrainerChannel, control: RunControl): Promise<TrainingRun> {
  const say = ({ level, message }: FileNote): void => channel.send({ type: 'log', time: Date.now(), level, message })
  const parts = await openRunParts(spec, say, { devices })
  try {
    const { config, dataset, plan, specs, network } = parts
    const trains = modesOf(config).has('train')
    const totalSteps = trains ? plan.totalSteps : 0
    const reporter = new RunReporter(channel, totalSteps, config.batch_size, deviceName(devices.length))
    const from = await startingPoint(spec, parts)
    channel.send({ type: 'started', totalSteps, quantizers: specs.map(describeQuantizer), environment: runEnvironment(devices.length) })
    const output = new RunOutput({
      folder: spec.folder,
      config,
      network,
      specs,
      stepsPerEpoch: plan.stepsPerEpoch,
      validationSteps: Math.ceil(dataset.validation.count / parts.evaluationBatchSize),
      say: (level, message) => say({ level, message }),
    })
    const journal = new RunJournal({ folder: spec.folder, channel, control, parts, reporter, output })
    const run = new TrainingRun(journal)
    if (from !== null) run.restore(from.state, from.run)
    else if (config.start_epoch > 0 && plan.stages.length === 1) journal.position = { stage: 0, epoch: Math.min(config.start_epoch, config.epochs), step: 0 }
    const images = `${dataset.train.count} training and ${dataset.validation.count} validation images`
    journal.say(`${config.model} on ${config.dataset}: ${images}, ${totalSteps} steps of ${config.batch_size} on ${deviceName(devices.length)}`)
    if (devices.length > 1) journal.say(sharingNote(devices, config.batch_size))
    const left = exclusionNote(spec.excluded.length, dataset)
    if (left !== null) journal.say(left)
    for (const note of [...configNotes(config), ...quantizerNote(specs), ...(from?.notes ?? [])]) say(note)
    if (journal.step > 0) journal.say(`Going on at step ${journal.step}`)
    if (trains && from !== null && journal.stage === undefined)
      journal.say('The checkpoint is that of a finished run: no epochs are left to train. The file named "_last" is from before its end.', 'warning')
    return run
  } catch (error) {
    await parts.close()
    throw error
  }
}

/** Who computes what of a batch. */
function sharingNote(devices: SharingDevices, batchSize: number): string {
  const names = devices.flatMap((device) => device?.replace('/device:', '') ?? [])
  const share = `Every training batch is divided into ${devices.length} parts of ${batchSize / devices.length} images`
  return names.length === 0 ? `${share}, all computed by the one processor` : `${share}, computed by ${names.join(', ')}; initialisation and validation run on ${names[0] ?? ''}`
}

/** What became of the images that a person excluded; null where there are none. */
function exclusionNote(named: number, { train, validation }: Dataset): string | null {
  if (named === 0) return null
  const [training, validating] = [train.excluded.length, validation.excluded.length]
  const missing = named - training - validating
  return `Left out because they are excluded: ${training} training and ${validating} validation images${missing === 0 ? '' : `; ${missing} more are not in the folder any longer`}`
}

/** The run's own checkpoint comes before one that the configuration names: that was where the run once began. */
async function startingPoint({ folder, resumeFrom }: TrainerSpec, parts: RunParts): Promise<ResumedRun | null> {
  const { config, built, specs, plan } = parts
  if (resumeFrom) return { ...(await loadRun(folder, resumeFrom, built.variables, config.model)), notes: [] }
  const path = config.resuming_checkpoint_path
  if (path === undefined) return null
  return resumeFromFile(path, { variables: built.variables, specs, plan, model: config.model, learned: isLearned(parts) })
}
