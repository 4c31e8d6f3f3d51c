import { parseArgs } from 'node:util'
import { compare, ours, peer, takeTurns } from './contest.mjs'

/*
 * Images a second that become batches, by this program and by Pillow with torch's DataLoader, in turn on one folder. Prints the fastest epochs and
 * the ratios.
 *   node tools/bench/compare-data.mjs --python PYTHON --data DIR [--rounds 2] [--workers 2] [--image-size 224]
 * PYTHON has torch and torchvision. Build first (npm run build). Made-up photos are written to DIR where it does not exist.
 */

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    data: { type: 'string' },
    rounds: { type: 'string', default: '2' },
    workers: { type: 'string', default: '2' },
    'image-size': { type: 'string', default: '224' },
  },
})

function main() {
  if (values.data === undefined) throw new Error('Give --data with a folder of images, or the name of one that does not exist yet.')
  const common = ['--data', values.data, '--workers', values.workers, '--image-size', values['image-size'], '--json']
  const contestants = takeTurns(
    [
      ours('fracbits', 'data', common),
      ours('fracbits, reduced images on disk', 'data', ['--cache', ...common]),
      peer('Pillow and DataLoader', 'data', values.python, 'data_peer.py', common),
    ],
    Number(values.rounds),
  )
  const best = ({ results }, key) => Math.max(...results.map((result) => result[key].max))
  const last = contestants.at(-1)
  for (const contestant of contestants) {
    const rates = ['trainImagesPerSecond', 'validationImagesPerSecond'].map((key) => [best(contestant, key), best(contestant, key) / best(last, key)])
    const [train, validation] = rates.map(([rate, ratio]) => `${rate.toFixed(0).padStart(6)} images/s (${ratio.toFixed(2)} of the peer)`)
    process.stdout.write(`${contestant.name.padEnd(34)} training ${train}  validation ${validation}\n`)
  }
}

compare(main)
