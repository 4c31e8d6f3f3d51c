import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { adviceOn } from '../../config/advice'
import { completeText, explainAt } from '../../config/complete-text'
import { readConfigText } from '../../config/config-text'
import { withValue } from '../../config/edit-text'
import { importReport } from '../../config/import-report'
import { differencesOf } from '../../config/text-difference'
import { outlineOfText } from '../../config/text-outline'
import { StudioError } from '../../contract/errors'
import { readPredictions } from '../../engine/kept-predictions'
import { countedBy } from '../../engine/run-confusion'
import { describeNetwork } from '../../quantization/network-outline'
import { openStore, type Store } from '../../store/store'
import { filesOf } from '../corpus-files'
import type { Parser } from '../parser'

const never = (): boolean => false
const studio = (error: unknown): boolean => error instanceof StudioError
const texts = (...list: readonly string[]): Buffer[] => list.map((text) => Buffer.from(text))

/** What the page and the engine do with a configuration before it runs. */
function workOn(text: string): void {
  for (const place of [0, text.length >> 1, text.length]) {
    completeText(text, place)
    explainAt(text, place)
  }
  outlineOfText(text)
  importReport(text)
  differencesOf(text, withValue(text, { path: ['compression', 'loss', 'alpha'], value: 3 }))
  const { config } = readConfigText(text)
  if (config !== null) adviceOn(config)
}

const SMALL = {
  model: 'resnet20',
  model_params: { width_mult: 0.25 },
  num_classes: 10,
  input_info: { sample_size: [1, 1, 28, 28] },
  dataset: 'fashion_mnist',
  compression: {
    algorithm: 'fracbits_quantization',
    ignored_scopes: ['{re}.*layer3.*', 'ResNet/NNCFLinear[linear]/linear_0'],
    weights: { mode: 'asymmetric', target_scopes: '{re}(conv|linear)+' },
    scope_overrides: { activations: { '{re}.*relu.*': { bits: 4 } } },
    initializer: { range: { type: 'percentile', num_init_samples: 8 } },
  },
}

/** A table with one run, made when the first filter comes. */
function runTable(): (scratch: string) => Promise<Store> {
  let opened: Promise<Store> | null = null
  return (scratch) => {
    opened ??= openStore(join(scratch, 'filter.db'))
    return opened
  }
}

const ANSWERS = { classNames: ['ant', 'bee'], names: ['val/ant/0.jpg', 'val/bee/0.jpg'], predicted: [0, 0], labels: [0, 1], confidence: [0.9, 0.6], margin: [0.8, 0.2] }

/** Configurations, filters, and answers in a run's folder. */
export function textParsers(root: string): Parser[] {
  const configurations = filesOf(join(root, 'configs'), /\.jsonc?$/)
  const table = runTable()
  return [
    { name: 'configuration', corpus: configurations, read: (input) => readConfigText(input.toString('utf8')), isTyped: never },
    {
      name: 'configuration, at work',
      corpus: [...texts(JSON.stringify(SMALL, null, 2)), ...configurations.slice(0, 1)],
      read: (input) => workOn(input.toString('utf8')),
      isTyped: never,
    },
    {
      name: 'network of a configuration',
      corpus: texts(JSON.stringify(SMALL)),
      read(input) {
        const { config } = readConfigText(input.toString('utf8'))
        if (config === null) throw new StudioError('CONFIG_INVALID', 'not a configuration')
        return describeNetwork(config)
      },
      isTyped: studio,
    },
    {
      name: 'filter',
      corpus: texts(
        'val/top1:best >= 91.5 and (tag = baseline or not config.optimizer.base_lr < 1e-3)',
        `name ~ "two words" model != resnet20 has:notes created > 2026-11-24T14:00 result.top1 <= 3`,
        "starred or archived !~ 'x%_\\' demo",
      ),
      read: async (input, scratch) => (await table(scratch)).table.ids({ filter: input.toString('utf8').slice(0, 4000), shelf: 'active', sort: [] }),
      isTyped: studio,
    },
    {
      name: 'answers of a model',
      corpus: texts(JSON.stringify(ANSWERS), JSON.stringify({ ...ANSWERS, labels: undefined })),
      async read(input, scratch) {
        const file = join(scratch, 'answers.json')
        await writeFile(file, input)
        return countedBy(await readPredictions(file))
      },
      isTyped: studio,
    },
  ]
}
