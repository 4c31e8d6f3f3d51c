import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDir } from '../../util/temp-dir'
import { callCli } from '../testing/call-cli'

const TEXT = `{
  "model": "resnet20", "num_classes": 10, "dataset": "fashion_mnist",
  "input_info": { "sample_size": [1, 1, 28, 28] }, "batch_size": 128, "weights": "w.pth", "epochs": 3,
  "optimizer": { "type": "SGD", "base_lr": 0.02 },
  "compression": { "algorithm": "fracbits_quantization", "freeze_epoch": 9, "overflow_fix": "disable" }
}`

let temp: ReturnType<typeof makeTempDir>
beforeEach(() => {
  temp = makeTempDir()
})
afterEach(() => temp.remove())

async function check(text: string, ...flags: string[]) {
  writeFileSync(join(temp.path, 'a.jsonc'), text)
  return callCli(temp.path, ['check', 'a.jsonc', ...flags])
}

describe('check', () => {
  it('says what the network weighs, and gives advice with reason and remedy', async () => {
    const { out, code } = await check(TEXT)
    expect(code).toBe(0)
    expect(out).toContain('[ok]   resnet20: ')
    expect(out).toMatch(/, [\d,]{9,} bit operations an image\n/)
    expect(out).toContain('[hint] The bit-widths are never frozen (compression.freeze_epoch)')
    expect(out).toContain('Freeze at epoch 2: compression.freeze_epoch = 2')
  })

  it('says which epochs learn widths and which train in integers', async () => {
    const { out } = await check(TEXT.replace('"epochs": 3', '"epochs": 10').replace('"freeze_epoch": 9', '"freeze_epoch": 8'))
    expect(out).toContain('       Widths are learned for 8 epochs (0 to 7), then frozen: 2 epochs in integers (8 to 9).\n')
  })

  it('has the same as lines of JSON', async () => {
    const { out } = await check(TEXT, '--json')
    const lines = out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(lines).toMatchObject([
      { type: 'network', sizeBits: { initial: expect.any(Number) as unknown }, bitOperations: { target: null }, widthSchedule: expect.stringContaining('all 3 epochs') as unknown },
      { type: 'advice', code: 'freeze-never', remedy: { edits: [{ path: ['compression', 'freeze_epoch'], value: 2 }] } },
    ])
  })

  it('fails on a faulty file, with the place of each problem', async () => {
    const { err, code } = await check(TEXT.replace('"epochs"', '"epocs"'))
    expect(code).toBe(2)
    expect(err).toContain('a.jsonc:3:')
    expect(err).toContain('Did you mean "epochs"?')
  })

  it('fails where network and image do not go together', async () => {
    const { err, code } = await check(TEXT.replace('28, 28', '2, 2').replace('resnet20', 'inception_v3'))
    expect(code).toBe(2)
    expect(err).not.toBe('')
  })
})
