import { parseArgs } from 'node:util'
import { compare, ours, peer, takeTurns } from './contest.mjs'

/*
 * Training steps of this program and of its peer in PyTorch, in turn, so that both see the same machine. Prints the fastest of each and the ratios.
 *   node tools/bench/compare.mjs --python PYTHON [--model M ...] [--rounds 3] [--steps 5] [--threads N] [--mode fracbits|fp32] [--json]
 * PYTHON has torch and torchvision. Build first (npm run build). Give --python several times to compare with several versions of torch.
 */

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

const best = (results, read) => Math.min(...results.map(read))
const gigabytes = (bytes) => (bytes / 1e9).toFixed(2)

/** Peers of one mode: torch as it comes, and for float also with channels last, which is faster there. */
function contestants(mode, common) {
  const peers = values.python.flatMap((python) => (mode === 'fp32' ? [[python], [python, '--channels-last']] : [[python]]))
  return [
    ours('fracbits', 'step', ['--json', ...common]),
    ...peers.map(([python, ...more]) => peer([python, ...more].join(' '), 'step', python, 'peer.py', [...common, ...more])),
  ]
}

function main() {
  for (const model of values.model) {
    for (const mode of values.mode) {
      const common = [
        '--model',
        model,
        '--batch-size',
        String(BATCH[model] ?? 8),
        '--steps',
        values.steps,
        '--mode',
        mode,
        ...(values.threads ? ['--threads', values.threads] : []),
      ]
      const all = takeTurns(contestants(mode, common), Number(values.rounds))
      const [own] = all
      for (const { name, results } of all) {
        const seconds = best(results, (result) => result.secondsPerStep.min)
        const cpu = best(results, (result) => result.cpuSecondsPerStep.min)
        const ratio = best(own.results, (result) => result.secondsPerStep.min) / seconds
        const cpuRatio = best(own.results, (result) => result.cpuSecondsPerStep.min) / cpu
        const peak = best(results, (result) => result.peakResidentBytes)
        const first = best(results, (result) => result.firstStepSeconds)
        const torch = results[0].torch ? `torch ${results[0].torch}` : `TensorFlow ${results[0].tensorflow}`
        if (values.json)
          process.stdout.write(
            `${JSON.stringify({ model, mode, name, torch, seconds, cpu, ratio, cpuRatio, peak, first, threads: results[0].threads })}\n`,
          )
        else
          process.stdout.write(
            `${model.padEnd(20)} ${mode.padEnd(9)} ${torch.padEnd(22)} ${seconds.toFixed(3)} s (processor ${cpu.toFixed(3)} s)  ratio ${ratio.toFixed(2)} (processor ${cpuRatio.toFixed(2)})  peak ${gigabytes(peak)} GB  first ${first.toFixed(1)} s  ${name}\n`,
          )
      }
    }
  }
}

compare(main)
