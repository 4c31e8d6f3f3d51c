/*
 * A trainer for tests: a real process that speaks the trainer messages, writes real checkpoint files, and computes nothing.
 * The environment variable SCRIPT tells what happens; see TrainerScript in scripted-trainer-host.ts.
 * At `holdAt` it waits for a command, so that a test can act at a known step. Forked by plain Node, hence JavaScript.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const script = { steps: 30, checkpointEvery: 10, ...JSON.parse(process.env.SCRIPT ?? '{}') }
const send = (event) => new Promise((resolve) => process.send(event, resolve))

let paused = false
let pauses = 0
let stopping = false
let wake = () => undefined
const nextCommand = () => new Promise((resolve) => (wake = resolve))

const quantizers = ['conv1|WEIGHT', 'relu1|OUTPUT'].map((id) => ({
  id,
  layer: id.split('|')[0],
  kind: id.endsWith('WEIGHT') ? 'weight' : 'activation',
  mode: 'symmetric',
  perChannel: false,
  elements: 9,
  minBits: 2,
  maxBits: 8,
}))
const environment = {
  appVersion: '0',
  node: process.version,
  tensorflow: 'none',
  platform: process.platform,
  cpu: 'test',
  threads: 1,
  device: 'CPU, 1 thread',
}

async function checkpoint(spec, step) {
  const file = `checkpoints/step-${step}.bin`
  const content = JSON.stringify({ step })
  mkdirSync(join(spec.folder, 'checkpoints'), { recursive: true })
  writeFileSync(join(spec.folder, `${file}.tmp`), content)
  renameSync(join(spec.folder, `${file}.tmp`), join(spec.folder, file))
  await send({
    type: 'checkpoint',
    step,
    phase: 'fp32-training',
    file,
    sizeBytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  })
}

async function end(outcome, error = null) {
  await send({ type: 'ended', outcome, error })
  process.exit(outcome === 'failed' ? 1 : 0)
}

const systemSeries = (step) => [
  { key: 'system/images_per_second', steps: [step], values: [100] },
  { key: 'system/resident_bytes', steps: [step], values: [script.residentBytes] },
]

async function report(spec, step) {
  const progress = {
    phase: 'fp32-training',
    epoch: 0,
    epochs: 1,
    step,
    totalSteps: script.steps,
    imagesPerSecond: 100,
    etaSeconds: 1,
    device: 'CPU, 1 thread',
    residentBytes: script.residentBytes ?? 1e6,
    nativeTensors: 5,
    dataWaitFraction: 0,
    stepAt: Date.now(),
  }
  await send({ type: 'progress', progress })
  await send({
    type: 'metrics',
    series: [
      { key: 'train/loss', steps: [step], values: [1 / step] },
      { key: `train/attempt`, steps: [step], values: [process.pid] },
      ...(script.residentBytes === undefined ? [] : systemSeries(step)),
    ],
  })
  await send({ type: 'widths', history: { steps: [step], widths: [[8 - step / 100, 8]] } })
  if (step % 5 === 0) await send({ type: 'widthGradients', rows: [{ from: step - 4, to: step, task: [-step / 8, 0.5], size: [0.25, 0] }] })
}

async function run(spec) {
  const first = spec.resumeFrom === null ? 1 : JSON.parse(readFileSync(spec.resumeFrom.file, 'utf8')).step + 1
  await send({ type: 'started', totalSteps: script.steps, quantizers, environment })
  await send({ type: 'log', time: Date.now(), level: 'info', message: `training from step ${first}` })
  for (let step = first; step <= script.steps; step++) {
    await report(spec, step)
    if (step % script.checkpointEvery === 0) await checkpoint(spec, step)
    if (script.failAt === step)
      return end('failed', { code: 'DIVERGED', message: 'The loss is not a number at step ' + step + '. Lower the learning rate.' })
    if (script.crashAt === step) {
      console.error('something native went wrong')
      process.abort()
    }
    if (script.killAt === step) process.kill(process.pid, 'SIGKILL')
    if (script.exitAt === step) {
      console.error('giving up')
      process.exit(script.exitCode ?? 3)
    }
    if (script.holdAt === step && !stopping && !paused) await nextCommand()
    if (script.pausedBefore?.step === step) while (pauses < script.pausedBefore.times && !stopping) await nextCommand()
    while (paused && !stopping) {
      await send({ type: 'paused' })
      while (paused && !stopping) await nextCommand()
      if (!stopping) await send({ type: 'continued' })
    }
    if (stopping) {
      await checkpoint(spec, step)
      return end('stopped')
    }
  }
  await send({
    type: 'result',
    result: {
      rows: [{ kind: 'fp32', top1: 90, top5: 99, loss: 0.1, images: 10, sizeBits: 288, rate: 0.25, note: 'trained' }],
      targetRate: 1.5,
      widths: [4, 8],
    },
  })
  return end('finished')
}

// What the real trainer does when a checkpoint finds no room.
process.on('SIGUSR2', () => void end('failed', { code: 'DISK_FULL', message: 'The disk is full: a checkpoint needs 1 MB.' }))

process.on('message', (command) => {
  if (command.type === 'start') void run(command.spec)
  if (command.type === 'pause') {
    pauses++
    paused = pauses <= (script.obeyPauses ?? Infinity)
  }
  if (command.type === 'continue') paused = false
  if (command.type === 'stop' && !script.deaf) stopping = true
  wake()
})
