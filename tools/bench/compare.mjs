import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/*
 * Training steps of this program and of its peer in PyTorch, in turn, so that both see the same machine. Prints the fastest of each and the ratios.
 *   node tools/bench/compare.mjs --python PYTHON [--model M ...] [--rounds 3] [--steps 5] [--threads N] [--mode fracbits|fp32] [--json]
 * PYTHON has torch and torchvision. Build first (npm run build). Give --python several times to compare with several versions of torch.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const cli = join(root, 'out/main/cli.js')

/** Batch sizes that the goals are stated for. */
const BATCH = { mobilenet_v2_32x32: 64, mobilenet_v2: 8, resnet50: 4, inception_v3: 4 }

const { values } = parseArgs({
  options: {
    python: { type: 'string', multiple: true, default: ['python3'] },
    model: { type: 'string', multiple: true, default: Object.keys(BATCH) },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '5' },
    threads: { type: 'string' },
    mode: { type: 'string', multiple: true, default: ['fracbits', 'fp32'] },
    json: { type: 'boolean', default: false },
  },
})

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  const line = (stdout ?? '').split('\n').find((text) => text.startsWith('{') && text.includes('bench-step'))
  if (status !== 0 || line === undefined) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? (stderr ?? '').trim().split('\n').at(-1)}`)
  return JSON.parse(line)
}

const best = (results, read) => Math.min(...results.map(read))
const gigabytes = (bytes) => (bytes / 1e9).toFixed(2)

/** Peers of one mode: torch as it comes, and for float also with channels last, which is faster there. */
function contestants(mode) {
  const peers = values.python.flatMap((python) => (mode === 'fp32' ? [[python], [python, '--channels-last']] : [[python]]))
  return [
    { name: 'fracbits', start: (common) => run(process.execPath, [cli, 'bench', 'step', '--json', ...common]) },
    ...peers.map(([python, ...more]) => ({ name: [python, ...more].join(' '), start: (common) => run(python, [join(root, 'tools/bench/peer.py'), ...common, ...more]) })),
  ]
}

function main() {
  if (!existsSync(cli)) throw new Error('There is no build. Run "npm run build" first.')
  for (const model of values.model) {
    for (const mode of values.mode) {
      const common = ['--model', model, '--batch-size', String(BATCH[model] ?? 8), '--steps', values.steps, '--mode', mode, ...(values.threads ? ['--threads', values.threads] : [])]
      const all = contestants(mode).map((contestant) => ({ ...contestant, results: [] }))
      for (let round = 0; round < Number(values.rounds); round++) for (const { start, results } of all) results.push(start(common))
      const [ours] = all
      for (const { name, results } of all) {
        const seconds = best(results, (result) => result.secondsPerStep.min)
        const cpu = best(results, (result) => result.cpuSecondsPerStep.min)
        const ratio = best(ours.results, (result) => result.secondsPerStep.min) / seconds
        const cpuRatio = best(ours.results, (result) => result.cpuSecondsPerStep.min) / cpu
        const peak = best(results, (result) => result.peakResidentBytes)
        const first = best(results, (result) => result.firstStepSeconds)
        const torch = results[0].torch ? `torch ${results[0].torch}` : `TensorFlow ${results[0].tensorflow}`
        if (values.json) process.stdout.write(`${JSON.stringify({ model, mode, name, torch, seconds, cpu, ratio, cpuRatio, peak, first, threads: results[0].threads })}\n`)
        else
          process.stdout.write(
            `${model.padEnd(20)} ${mode.padEnd(9)} ${torch.padEnd(22)} ${seconds.toFixed(3)} s (processor ${cpu.toFixed(3)} s)  ratio ${ratio.toFixed(2)} (processor ${cpuRatio.toFixed(2)})  peak ${gigabytes(peak)} GB  first ${first.toFixed(1)} s  ${name}\n`,
          )
      }
    }
  }
}

try {
  main()
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
