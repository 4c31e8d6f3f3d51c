import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/*
 * Images a second that become batches, by this program and by Pillow with torch's DataLoader, in turn on one folder. Prints the fastest epochs and
 * the ratios.
 *   node tools/bench/compare-data.mjs --python PYTHON --data DIR [--rounds 2] [--workers 2] [--image-size 224]
 * PYTHON has torch and torchvision. Build first (npm run build). Made-up photos are written to DIR where it does not exist.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const cli = join(root, 'out/main/cli.js')

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    data: { type: 'string' },
    rounds: { type: 'string', default: '2' },
    workers: { type: 'string', default: '2' },
    'image-size': { type: 'string', default: '224' },
  },
})

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  const line = (stdout ?? '').split('\n').find((text) => text.startsWith('{') && text.includes('bench-data'))
  if (status !== 0 || line === undefined) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? (stderr ?? '').trim().split('\n').at(-1)}`)
  return JSON.parse(line)
}

function main() {
  if (!existsSync(cli)) throw new Error('There is no build. Run "npm run build" first.')
  if (values.data === undefined) throw new Error('Give --data with a folder of images, or the name of one that does not exist yet.')
  const common = ['--data', values.data, '--workers', values.workers, '--image-size', values['image-size'], '--json']
  const contestants = [
    { name: 'fracbits', start: () => run(process.execPath, [cli, 'bench', 'data', ...common]) },
    { name: 'fracbits, reduced images on disk', start: () => run(process.execPath, [cli, 'bench', 'data', '--cache', ...common]) },
    { name: 'Pillow and DataLoader', start: () => run(values.python, [join(root, 'tools/bench/data_peer.py'), ...common]) },
  ].map((contestant) => ({ ...contestant, results: [] }))
  for (let round = 0; round < Number(values.rounds); round++) for (const { start, results } of contestants) results.push(start())
  const best = ({ results }, key) => Math.max(...results.map((result) => result[key].max))
  const peer = contestants.at(-1)
  for (const contestant of contestants) {
    const rates = ['trainImagesPerSecond', 'validationImagesPerSecond'].map((key) => [best(contestant, key), best(contestant, key) / best(peer, key)])
    const [train, validation] = rates.map(([rate, ratio]) => `${rate.toFixed(0).padStart(6)} images/s (${ratio.toFixed(2)} of the peer)`)
    process.stdout.write(`${contestant.name.padEnd(34)} training ${train}  validation ${validation}\n`)
  }
}

try {
  main()
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
