import { z } from 'zod'
import { CompressionConfig, OptimizerConfig } from '../../contract/training-config'
import { batchesFor, rangeSamples } from '../../quantization/range-scopes'
import { COMPATIBILITY } from '../compatibility'
import { FreezeScheduler } from '../freeze-scheduler'
import { learningRate } from '../learning-rate'
import { planOptimizer } from '../optimizer-plan'
import { FamilyChecker, type FamilyReport, parseFixture } from './fixture'
import { isRefused } from './refusal'

const Group = z.object({
  lr: z.number(),
  weight_decay: z.number(),
  momentum: z.number().optional(),
  dampening: z.number().optional(),
  nesterov: z.boolean().optional(),
  betas: z.tuple([z.number(), z.number()]).optional(),
  eps: z.number().optional(),
  initial_lr: z.number().optional(),
})
const Epochs = z.array(z.object({ epoch: z.int(), lr: z.number(), frozen_during_epoch: z.boolean().nullable() }))
const Compression = z.object({
  algorithm: z.string(),
  freeze_epoch: z.int().optional(),
  initializer: z.object({ range: z.object({ num_init_samples: z.int().optional() }).optional(), batchnorm_adaptation: z.object({ num_bn_adaptation_samples: z.int() }).optional() }).optional(),
  loss: z.record(z.string(), z.unknown()).optional(),
})
const Resolved = z.object({ optimizer_class: z.string(), group: Group, scheduler_class: z.string(), epochs: Epochs })
const ScheduleFile = z.object({
  configs: z.record(z.string(), Resolved.extend({ compression: Compression, loss_params: z.record(z.string(), z.unknown()).optional(), range_init_batches: z.int(), bn_adaptation_batches: z.int(), batch_size: z.int() })),
  schedules: z.array(z.union([Resolved.extend({ optimizer: z.record(z.string(), z.unknown()), val_top1_per_epoch: z.array(z.number()).nullable() }), z.object({ optimizer: z.record(z.string(), z.unknown()), error: z.string() })])),
})

const NNCF = COMPATIBILITY.nncf
const SAME = { absolute: 0, relative: 0 }
/** Of rates: powers may differ in the last digit of a float64. */
const RATE = { absolute: 0, relative: 1e-12 }
const ADAPTATION_SAMPLES = 2000
/** Epochs of MultiStepLR in the shipped configurations: none is reached (spec 3.1, 3.2). */
const MILESTONES: Readonly<Record<number, number[]>> = { 1: [1], 5: [5] }

/** Replays `config_resolved.json`: optimizer, rates and freeze of every epoch, and numbers of initialisation batches, resolved as the original resolves them. */
export function replaySchedules(text: string, file: string): FamilyReport {
  const checker = new FamilyChecker('schedule')
  const recorded = parseFixture(ScheduleFile, text, file)
  for (const [name, want] of Object.entries(recorded.configs)) {
    checker.beginCase()
    const optimizer = OptimizerConfig.parse({
      type: want.optimizer_class,
      base_lr: want.group.initial_lr ?? want.group.lr,
      ...(want.scheduler_class === 'MultiStepLR' ? { schedule_type: 'multistep', steps: MILESTONES[want.epochs.length] } : {}),
    })
    checkOptimizer(checker, name, optimizer, want)
    checkRates(checker, name, optimizer, want.epochs, null)
    const { freeze_epoch, initializer, loss } = want.compression
    const learned = want.compression.algorithm === 'fracbits_quantization'
    const compression = CompressionConfig.parse({ algorithm: want.compression.algorithm, ...(freeze_epoch === undefined ? {} : { freeze_epoch }), ...(initializer ? { initializer } : {}), ...(loss ? { loss } : {}) })
    checker.compare(name, 'batches for ranges', [batchesFor(rangeSamples(compression.initializer.range), want.batch_size)], [want.range_init_batches], SAME)
    const adaptation = compression.initializer.batchnorm_adaptation?.num_bn_adaptation_samples ?? ADAPTATION_SAMPLES
    checker.compare(name, 'batches for batch norms', [batchesFor(adaptation, want.batch_size)], [want.bn_adaptation_batches], SAME)
    if (want.loss_params) checker.compare(name, 'loss', [Number(JSON.stringify(sorted(compression.loss)) === JSON.stringify(sorted(want.loss_params)))], [1], SAME)
    if (!learned) continue
    const freezing = new FreezeScheduler(compression.freeze_epoch, NNCF)
    const frozen = want.epochs.map(() => {
      freezing.enterEpoch()
      return Number(freezing.isFrozen)
    })
    checker.compare(name, 'frozen epochs', frozen, want.epochs.map((epoch) => Number(epoch.frozen_during_epoch)), SAME)
  }
  recorded.schedules.forEach((want, i) => {
    checker.beginCase()
    const name = `schedule ${String(i)}`
    if ('error' in want) {
      checker.compare(name, 'refused', [Number(isRefused({ optimizer: want.optimizer }))], [1], SAME)
      return
    }
    const optimizer = OptimizerConfig.parse(want.optimizer)
    checkOptimizer(checker, name, optimizer, want)
    checkRates(checker, name, optimizer, want.epochs, want.val_top1_per_epoch)
  })
  return checker.report()
}

const sorted = (record: Readonly<Record<string, unknown>>): unknown => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))

function checkOptimizer(checker: FamilyChecker, name: string, optimizer: OptimizerConfig, want: z.infer<typeof Resolved>): void {
  const plan = planOptimizer(optimizer)
  const [rule] = plan.rules
  if (!rule) return
  const { group } = want
  checker.compare(name, 'kind of optimizer', [Number(rule.type === want.optimizer_class.toLowerCase())], [1], SAME)
  checker.compare(name, 'weight decay', [rule.weightDecay], [group.weight_decay], SAME)
  if (group.momentum !== undefined) checker.compare(name, 'momentum', [rule.momentum, rule.dampening, Number(rule.nesterov)], [group.momentum, group.dampening ?? 0, Number(group.nesterov)], SAME)
  if (group.betas !== undefined) checker.compare(name, 'betas', [...rule.betas, rule.eps], [...group.betas, group.eps ?? 0], SAME)
}

function checkRates(checker: FamilyChecker, name: string, optimizer: OptimizerConfig, epochs: z.infer<typeof Epochs>, accuracies: readonly number[] | null): void {
  const rates = epochs.map(({ epoch }) => learningRate(optimizer, epochs.length, epoch, { decayOneEpochLate: NNCF.decayOneEpochLate, accuracies: accuracies ?? [] }))
  checker.compare(name, 'rates', rates, epochs.map(({ lr }) => lr), RATE)
}
