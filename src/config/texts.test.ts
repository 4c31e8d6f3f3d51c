import { describe, expect, it } from 'vitest'
import { TrainingConfig } from '../contract/training-config'
import { completeText, explainAt } from './complete-text'
import { withValue } from './edit-text'
import { importReport } from './import-report'
import { type Field, fieldsOf } from './schema-fields'
import { differencesOf } from './text-difference'
import { outlineOfText } from './text-outline'

const TEXT = `{
  // the network
  "model": "resnet20", /* small */
  "input_info": [{ "sample_size": [1, 1, 28, 28] }],
  "epochs": 3,
}`

describe('editing a text', () => {
  it('changes, adds and removes one value and nothing else', () => {
    expect(withValue(TEXT, { path: ['epochs'], value: 5 })).toBe(TEXT.replace('3', '5'))
    expect(withValue(TEXT, { path: ['model'], value: 'resnet18' })).toContain('// the network\n  "model": "resnet18", /* small */')
    expect(withValue(withValue(TEXT, { path: ['epochs'], value: undefined }), { path: ['epochs'], value: undefined })).not.toContain('epochs')
    expect(withValue(TEXT, { path: ['optimizer', 'base_lr'], value: 0.1 })).toContain('"optimizer": {\n    "base_lr": 0.1\n  }')
  })

  it('looks into a section that is written as a list, and keeps lists of numbers on one line', () => {
    const edited = withValue(TEXT, { path: ['input_info', 'sample_size'], value: [1, 3, 32, 32] })
    expect(edited).toContain('[{ "sample_size": [1, 3, 32, 32] }]')
  })

  it.each(['"L1"', '3', 'null', 'true'])('puts a section in the place of %s where one belongs', (given) => {
    const edited = withValue(`{ "compression": { "loss": ${given}, "freeze_epoch": 2 } }`, { path: ['compression', 'loss', 'alpha'], value: 3 })
    expect(JSON.parse(edited)).toEqual({ compression: { loss: { alpha: 3 }, freeze_epoch: 2 } })
  })

  it('leaves a text alone whose syntax is broken', () => {
    expect(withValue('{ "model": ', { path: ['epochs'], value: 1 })).toBe('{ "model": ')
  })
})

describe('fields of the schema', () => {
  const fields = fieldsOf(TrainingConfig)
  const find = (path: string, among: readonly Field[] = fields): Field | undefined =>
    among
      .flatMap((field) => (field.path.join('.') === path ? [field] : field.shape.kind === 'group' ? [find(path, field.shape.fields)] : []))
      .find(Boolean)

  it('say kind, bounds, default and help', () => {
    expect(find('batch_size')).toMatchObject({ shape: { kind: 'number', whole: true, min: 1, max: 65_536 }, defaultValue: 10, required: false })
    expect(find('model')).toMatchObject({ required: true, shape: { kind: 'choice' }, description: 'The network to train.' })
    expect(find('dataset')).toMatchObject({ defaultValue: 'imagenet', shape: { kind: 'choice' } })
    expect(find('mode')?.shape).toEqual({ kind: 'choices', options: ['train', 'test'] })
    expect(find('compression.loss.alpha')).toMatchObject({ defaultValue: 10, shape: { kind: 'number', min: 0 } })
    expect(find('input_info.sample_size')?.shape).toMatchObject({ kind: 'numbers', length: 4 })
    expect(find('optimizer.steps')?.shape).toMatchObject({ kind: 'numbers', length: null })
    expect(find('ignored_scopes')?.shape).toEqual({ kind: 'lines' })
  })

  it('leave out what is refused, and describe everything that can be set by a control', () => {
    expect(find('to_onnx')).toBeUndefined()
    const undescribed = (among: readonly Field[]): string[] =>
      among.flatMap((field) =>
        field.shape.kind === 'group'
          ? undescribed(field.shape.fields)
          : field.description === null && field.shape.kind !== 'other'
            ? [field.path.join('.')]
            : [],
      )
    expect(undescribed(fields)).toEqual([])
  })
})

describe('completion', () => {
  const at = (text: string) => {
    const offset = text.indexOf('|')
    return { text: text.replace('|', ''), offset }
  }
  const complete = (marked: string) => {
    const { text, offset } = at(marked)
    return completeText(text, offset)
  }

  it('offers the keys that are not there yet, with what follows them', () => {
    const found = complete('{ "model": "resnet20", "ep|" }')
    const epochs = found?.options.find(({ label }) => label === 'epochs')
    expect(epochs).toMatchObject({ insert: '"epochs": 300', detail: 'default 300' })
    expect(found?.options.some(({ label }) => label === 'model')).toBe(false)
    expect(complete('{ "ep|": 3 }')?.options.find(({ label }) => label === 'epochs')?.insert).toBe('"epochs"')
    expect(complete('{ "compression": [{ "lo|" }] }')?.options.map(({ label }) => label)).toContain('loss')
  })

  it('offers the values of a key, also before anything was typed', () => {
    expect(complete('{ "model": "res|" }')?.options.map(({ insert }) => insert)).toContain('"resnet18"')
    expect(complete('{ "compression": { "quantize_inputs": | } }')?.options.map(({ insert }) => insert)).toEqual(['true', 'false'])
    expect(complete('{ "mode": ["|"] }')?.options.map(({ label }) => label)).toEqual(['train', 'test'])
    expect(complete('{ "zebra": "|" }')).toBeNull()
  })

  it('explains a key where the pointer is', () => {
    const { text, offset } = at('{ "batch|_size": 3 }')
    expect(explainAt(text, offset)).toMatchObject({ key: 'batch_size', text: 'Images a training step looks at.' })
    expect(explainAt('{ "zebra": 3 }', 4)).toBeNull()
  })
})

describe('difference', () => {
  it('names keys that differ, defaults included, whatever the formatting', () => {
    const other = `{ "epochs": 300, "input_info": { "sample_size": [1, 1, 28, 28] }, "model": "resnet18", "seed": 4 }`
    expect(differencesOf(TEXT, other)).toEqual([
      { path: 'model', left: { value: '"resnet20"', isDefault: false }, right: { value: '"resnet18"', isDefault: false } },
      { path: 'epochs', left: { value: '3', isDefault: false }, right: { value: '300', isDefault: false } },
      { path: 'seed', left: { value: null, isDefault: true }, right: { value: '4', isDefault: false } },
    ])
    expect(differencesOf(TEXT, withValue(TEXT, { path: ['batch_size'], value: 10 }))).toEqual([])
    expect(differencesOf(TEXT, '{')).toBeNull()
  })
})

describe('import', () => {
  it('reports what was understood, what has no effect and what there is not', () => {
    const report = importReport(
      `{ "model": "mobilenet_v2", "input_info": { "sample_size": [1, 3, 224, 224] }, "dataset": "imagenet", "multiprocessing_distributed": true, "world_size": 2,
        "optimizer": { "type": "SGD", "base_rl": 0.1 }, "compression": { "algorithm": "fracbits_quantization" } }`,
    )
    expect(report.origin).toBe('nncf')
    expect(report.understood).toEqual(['model', 'input_info', 'dataset', 'multiprocessing_distributed', 'compression'])
    expect(report.withoutEffect.map(({ key }) => key)).toEqual(['world_size'])
    expect(report.problems).toMatchObject([{ path: 'optimizer.base_rl' }])
    expect(report.cleanUp).toEqual([{ path: ['optimizer', 'base_rl'], value: undefined }])
    expect(importReport('hello').origin).toBe('unreadable')
    expect(importReport('{ "name": "x" }').origin).toBe('studio')
  })
})

describe('import of a text with a section where a name belongs', () => {
  it('is a report like any other', () => {
    expect(importReport('{ "model": { "width_mult": 1 } }')).toBeTruthy()
  })
})

describe('outline of a text', () => {
  it('takes what can be read', () => {
    expect(outlineOfText('{ "model": "resnet20", "compression": [{ "algorithm": "fracbits_quantization" }], ')).toEqual({
      model: 'resnet20',
      dataset: null,
      targetRate: 1.5,
    })
    expect(outlineOfText('nothing')).toEqual({ model: null, dataset: null, targetRate: null })
  })
})
