import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Baselines } from '../../contract/baselines'
import type { RunRecord } from '../../store/repositories/runs'
import { runReport } from './run-report'

const quantizer = { mode: 'symmetric', perChannel: true, minBits: 4, maxBits: 12 } as const
const row = { top1: 91, top5: 99, loss: 0.2, images: 10_000, rate: 1.5, note: 'trained' }

const run: RunRecord = {
  id: 'aaaaaaaaaaaa',
  name: '<script>alert(1)</script>',
  model: 'resnet20',
  dataset: 'fashion_mnist',
  status: 'finished',
  statusReason: null,
  phase: 'done',
  step: 10,
  totalSteps: 10,
  createdAt: 0,
  startedAt: 0,
  endedAt: 1,
  targetRate: 1.5,
  result: { rows: [{ ...row, kind: 'mixed', sizeBits: 515 }], targetRate: 1.5, widths: [5, 8] },
  config: { model: 'resnet20' },
  dataDir: '/data',
  folder: '/runs/x',
  workers: 1,
  quantizers: [
    { ...quantizer, id: 'conv1|WEIGHT', layer: 'conv1', kind: 'weight', elements: 103 },
    { ...quantizer, id: 'relu|OUTPUT', layer: 'relu', kind: 'activation', elements: 0 },
  ],
  environment: null,
}
const NONE: Baselines = { baselines: [], missing: ['int8', 'uniform'], verdict: null }
const html = runReport({ run, exports: [], baselines: NONE, checkpoints: [], commandPrefix: 'npm start --', now: 0 })

describe('the report of a run', () => {
  it('states the budget and what was rounded otherwise than plainly', () => {
    const budget = { kind: 'bitops', method: 'exact', targetRate: 2, rate: 2.004, cost: 998, limit: 1000, unit: 'bit operations', flips: [{ quantizer: 0, from: 6, to: 5 }] } as const
    const result = { rows: [], targetRate: 2, widths: [5, 8], budget: { ...budget, flips: [...budget.flips] } }
    const page = runReport({ run: { ...run, result }, exports: [], baselines: NONE, checkpoints: [], commandPrefix: 'npm start --', now: 0 })
    expect(page).toContain('998 of 1,000 bit operations; rate 2.004x for 2.000x, by exact rounding')
    expect(page).toContain('<td>conv1|WEIGHT</td><td class="number">6</td><td class="number">5</td>')
  })

  it('adds up the size of the weights to the bit and the byte', () => {
    expect(html).toContain('<td>conv1</td><td class="number">103</td><td class="number">5</td><td class="number">515</td><td class="number">65</td>')
  })

  it('states for kernels with widths of their own the mean and between which they lie, and their size to the byte', () => {
    // Thirds add up to a number just above 1000 where floats do.
    const quantizers = [{ ...quantizer, id: 'conv1|WEIGHT', layer: 'conv1', kind: 'weight', elements: 300, kernels: 3 }] as const
    const budget = { kind: 'model_size', method: 'exact', targetRate: 2, rate: 2.4, cost: 1000, limit: 1200, unit: 'bits', flips: [], kernelFlips: 2 } as const
    const kernelWidths = [{ quantizer: 0, widths: [{ bits: 2, kernels: 1 }, { bits: 4, kernels: 2 }] }]
    const result = { rows: [], targetRate: 2, widths: [10 / 3], kernelWidths, budget: { ...budget, flips: [] } }
    const page = runReport({ run: { ...run, quantizers: [...quantizers], result }, exports: [], baselines: NONE, checkpoints: [], commandPrefix: 'npm start --', now: 0 })
    expect(page).toContain('<td>conv1</td><td class="number">300</td><td class="number">3.33 (2 to 4)</td><td class="number">1,000</td><td class="number">125</td>')
    expect(page).toContain('2 kernels have another width than by plain rounding')
    expect(page).toContain('conv1|WEIGHT: 3.33 bits, mean of 3 kernels')
  })

  it('never shows a mixed-precision accuracy alone without saying so', () => {
    expect(html).toContain('Without FP32 and INT8 of this run')
    expect(html).toContain('can&#39;t be judged without INT8 and Uniform: &quot;npm start -- baselines aaaaaaaaaaaa&quot;')
  })

  it('shows its baselines, and says when mixed precision does not pay', () => {
    const baselines: Baselines = {
      baselines: [{ role: 'uniform', runId: 'bbbbbbbbbbbb', status: 'finished', weightBits: 5, activationBits: 8, rows: [{ ...row, kind: 'uniform', sizeBits: 515 }] }],
      missing: [],
      verdict: { pays: false, sentence: 'Mixed precision does not pay here.' },
    }
    const page = runReport({ run, exports: [], baselines, checkpoints: [], commandPrefix: 'npm start --', now: 0 })
    expect(page).toContain('<p class="bad">Mixed precision does not pay here.</p>')
    expect(page).toContain('<td>Uniform</td><td>5 / 8</td><td class="number">91.00 %</td>')
  })

  it('takes nothing that a person wrote for markup, and loads nothing', () => {
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).not.toMatch(/<script|<link|<img|https?:/)
  })

  it('draws a bar for every width', () => {
    expect(html.match(/<rect /g)).toHaveLength(2)
    expect(html).toContain('conv1|WEIGHT: 5 bits')
  })

  it('does not name the home folder of whoever writes it', () => {
    const home = homedir()
    const dataDir = join(home, 'my images')
    const owned = {
      ...run,
      dataDir,
      folder: join(home, 'runs'),
      config: { model: 'resnet20', weights: join(home, 'w.pth') },
      statusReason: `no ${home}`,
    }
    const text = runReport({ run: owned, exports: [], baselines: NONE, checkpoints: [], commandPrefix: 'npm start --', now: 0 })
    expect(text).not.toContain(home)
    expect(text).toContain('train -c ~/runs/config.json')
    expect(text).toContain('--data ~/&#39;my images&#39;')
    expect(text).toContain('~/w.pth')
  })
})
