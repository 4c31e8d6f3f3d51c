import { describe, expect, it } from 'vitest'
import type { ConfigIssue } from '../contract/errors'
import { readConfigText } from './config-text'

const GOOD = `// what this is
{
  "model": "resnet20", /* small */
  "num_classes": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] },
  "dataset": "fashion_mnist",
  "optimizer": { "type": "sgd", "base_lr": 0.1, "optimizer_params": { "momentum": 0.9 } },
  "compression": { "algorithm": "fracbits_quantization", "loss": { "compression_rate": 2 } },
}`
const issuesOf = (change: (text: string) => string): readonly ConfigIssue[] => readConfigText(change(GOOD)).issues
const onlyIssue = (change: (text: string) => string): ConfigIssue => {
  const issues = issuesOf(change)
  expect(issues).toHaveLength(1)
  return issues[0] as ConfigIssue
}

describe('configuration text', () => {
  it('accepts comments and trailing commas and fills in defaults', () => {
    const { config, issues } = readConfigText(GOOD)
    expect(issues).toEqual([])
    expect(config).toMatchObject({ model: 'resnet20', batch_size: 10, compression: { freeze_epoch: -1, loss: { compression_rate: 2, alpha: 10 } } })
  })

  it('needs a device for a budget that counts by one', () => {
    const byHardware = (more: string) => (text: string) => text.replace('"compression_rate": 2 }', `"type": "hardware" }${more}`)
    expect(onlyIssue(byHardware(''))).toMatchObject({ path: 'compression.loss.type', message: expect.stringContaining('needs compression.hardware') as unknown })
    expect(issuesOf(byHardware(', "hardware": "int4-int8"'))).toEqual([])
  })

  it('counts a file with keys of our own in its compression section as ours', () => {
    const sample = GOOD.replace('"resnet20"', '"resnet50"').replace('"fashion_mnist"', '"imagenet"')
    const origin = (text: string): string | undefined => readConfigText(text).config?.compatibility
    expect(origin(sample)).toBe('nncf')
    for (const own of ['"rounding": "exact"', '"bit_widths": { "min": 2 }', '"weight_averaging": {}', '"oscillation_freezing": {}']) expect(origin(sample.replace('"loss"', `${own}, "loss"`))).toBe('studio')
    expect(origin(sample.replace('"compression_rate": 2', '"size_bytes": 2'))).toBe('studio')
  })

  it('wants thresholds of oscillations that fall', () => {
    const section = (keys: string) => (text: string) => text.replace('"loss"', `"oscillation_freezing": ${keys}, "loss"`)
    expect(issuesOf(section('{ "first_threshold": 0.1, "last_threshold": 0.1 }'))).toEqual([])
    expect(onlyIssue(section('{ "last_threshold": 0.1 }'))).toMatchObject({ path: 'compression.oscillation_freezing', message: 'last_threshold must not be above first_threshold.' })
  })

  it('wants batches that devices can share equally, and one GPU by number or several', () => {
    const read = (more: string) => readConfigText(`{ "model": "resnet20", "input_info": { "sample_size": [1, 1, 28, 28] }, "batch_size": 10, ${more} }`).issues
    expect(read('"replicas": 5')).toEqual([])
    expect(read('"replicas": 4')).toMatchObject([{ path: 'replicas', message: "4 devices can't share 10 images equally. Set batch_size to a multiple of 4, such as 12, or set replicas to a number that divides it." }])
    expect(read('"replicas": 2, "gpu_id": 1')).toMatchObject([{ path: 'gpu_id', message: 'gpu_id names one GPU, and replicas asks for 2. Remove one of the two.' }])
    expect(read('"replicas": 2, "gpu_id": 1, "cpu_only": true')).toEqual([])
  })

  it('leaves a file the origin that it had where resources of a cluster are added', () => {
    const sample = GOOD.replace('"resnet20"', '"resnet50"').replace('"fashion_mnist"', '"imagenet"')
    const onCluster = sample.replace('{', '{ "slurm": { "partition": "gpu", "options": ["--qos=long"] },')
    expect(readConfigText(onCluster).config).toMatchObject({ compatibility: 'nncf', slurm: { partition: 'gpu' } })
    expect(readConfigText(onCluster.replace('--qos', '--output')).config).toBeNull()
  })

  it('names an unknown key, what was probably meant, and where it stands', () => {
    expect(onlyIssue((text) => text.replace('"base_lr"', '"base_rl"'))).toEqual({
      path: 'optimizer.base_rl',
      message: 'There is no such key. Did you mean "base_lr"?',
      found: '0.1',
      allowed: expect.stringContaining('base_lr, gamma') as unknown,
      line: 7,
      column: 33,
    })
    expect(onlyIssue((text) => text.replace('"num_classes"', '"zebra": 1, "num_classes"')).message).toBe('There is no such key.')
    expect(onlyIssue((text) => text.replace('"momentum"', '"Momentum"'))).toMatchObject({
      path: 'optimizer.optimizer_params.Momentum',
      message: expect.stringContaining('"momentum"') as unknown,
    })
    expect(onlyIssue((text) => text.replace('"num_classes"', '"__proto__": 1, "num_classes"')).path).toBe('__proto__')
  })

  it.each([
    [
      'a wrong type',
      '"num_classes": 10',
      '"num_classes": "ten"',
      {
        path: 'num_classes',
        found: '"ten"',
        allowed: 'a whole number, at least 2 and at most 100000',
        message: 'This must be a whole number, at least 2 and at most 100000.',
        line: 4,
        column: 18,
      },
    ],
    [
      'a fraction for a whole number',
      '"num_classes": 10',
      '"num_classes": 1.5',
      { path: 'num_classes', found: '1.5', allowed: 'a whole number, at least 2 and at most 100000' },
    ],
    [
      'a value that is too small',
      '"num_classes": 10',
      '"num_classes": 1',
      { path: 'num_classes', found: '1', allowed: 'a whole number, at least 2 and at most 100000' },
    ],
    [
      'a value that is too large',
      '"compression_rate": 2',
      '"compression_rate": 9',
      { path: 'compression.loss.compression_rate', found: '9', allowed: 'a number, at least 0.5 and at most 8' },
    ],
    [
      'an exclusive bound',
      '"base_lr": 0.1',
      '"base_lr": 0',
      { path: 'optimizer.base_lr', found: '0', allowed: 'a number, more than 0 and at most 100' },
    ],
    [
      'an unknown name',
      '"resnet20"',
      '"resnet_20"',
      {
        path: 'model',
        found: '"resnet_20"',
        message: 'This value is not known. Did you mean "resnet20"?',
        allowed: expect.stringContaining('"mobilenet_v2_32x32"') as unknown,
      },
    ],
    ['a missing key', '"model": "resnet20",', '', { path: 'model', message: 'This key is missing.' }],
    ['a problem inside alternatives', '[1, 1, 28, 28]', '[1, 1, 28]', { path: 'input_info.sample_size', found: '[1,1,28]' }],
    [
      'a problem deep inside alternatives',
      '[1, 1, 28, 28]',
      '[1, 1, 0, 28]',
      { path: 'input_info.sample_size.2', found: '0', allowed: 'a whole number, at least 1 and at most 4096' },
    ],
  ])('explains %s', (_, from, to, expected) => {
    expect(onlyIssue((text) => text.replace(from, to))).toMatchObject(expected)
  })

  it('names keys that stand twice, the second time', () => {
    expect(onlyIssue((text) => text.replace('"num_classes": 10,', '"num_classes": 10,\n"num_classes": 11,'))).toEqual({
      path: 'num_classes',
      message: 'This key stands twice; keep one of the two.',
      line: 5,
      column: 1,
    })
  })

  it('finds several things at once, in the order of the text', () => {
    expect(issuesOf((text) => text.replace('10', '"x"').replace('0.1', '-1').replace('"resnet20"', '7')).map(({ path }) => path)).toEqual([
      'model',
      'num_classes',
      'optimizer.base_lr',
    ])
  })

  it.each([
    ['nothing', '', { line: 1, message: 'The configuration is empty.' }],
    ['another kind of value', '[1]', { path: '', message: 'This must be an object.' }],
    ['null', 'null', { path: '', message: 'This must be an object.' }],
    ['a missing comma', '{\n"a": 1\n"b": 2}', { line: 3, column: 1, message: 'A comma is missing before this.' }],
    ['an unfinished object', '{ "a": 1', { line: 1, message: 'A closing } is missing.' }],
    ['a bare word', '{ "model": resnet20 }', { line: 1, column: 12 }],
  ])('says what is wrong with %s', (_, text, expected) => {
    const [issue] = readConfigText(text).issues
    expect(issue).toMatchObject(expected)
  })
})

describe('a text that was made to keep its reader busy', () => {
  const lines = (count: number, line: (index: number) => string): string => Array.from({ length: count }, (_, index) => line(index)).join(',\n')

  it.each([
    ['lists in lists', '['.repeat(500_000)],
    ['sections in sections', '{"compression":'.repeat(60_000)],
    ['a value that is nested and whole', `{"name":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
  ])('%s are refused with their place', (_, text) => {
    const { issues } = readConfigText(text)
    expect(issues).toMatchObject([{ message: expect.stringContaining('deeper') as unknown, line: 1 }])
  })

  it.each([
    ['unknown keys', lines(60_000, (index) => `"key${index}": 1`)],
    ['repeated keys', lines(120_000, () => '"a": 1')],
    ['wrong members', `"compression": [${lines(60_000, () => '{}')}]`],
    ['a name of half a million letters', `"${'model'.repeat(100_000)}": 1, "model": "${'resnet'.repeat(80_000)}"`],
  ])('%s give a list that a person can read, at once', (_, body) => {
    const before = process.cpuUsage()
    const { issues } = readConfigText(`{${body}}`)
    const { user } = process.cpuUsage(before)
    expect(issues.length).toBeGreaterThan(0)
    expect(issues.length).toBeLessThanOrEqual(400)
    expect(user / 1e6).toBeLessThan(5)
  })
})
