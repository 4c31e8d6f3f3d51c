import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfigText } from '../config/config-text'
import { EIGHTY_TWENTY } from '../config/width-schedule'
import { makeTempDir } from '../util/temp-dir'
import { callCli } from './testing/call-cli'
import { withSchedule } from './train-schedule'

const TEXT = `{
  // small
  "model": "resnet20", "num_classes": 10, "dataset": "fashion_mnist", "epochs": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] },
  "optimizer": { "type": "SGD", "base_lr": 0.02 },
  "compression": [{ "algorithm": "fracbits_quantization", "loss": { "compression_rate": 1.5 } }]
}`

describe('a schedule on the command line', () => {
  it('sets the epoch of the freeze, says what it comes to, and leaves the rest of the file and whose it is', () => {
    const { text, note } = withSchedule(TEXT, EIGHTY_TWENTY)
    expect(note).toBe('Schedule 80/20, freeze_epoch 8: Widths are learned for 8 epochs (0 to 7), then frozen: 2 epochs in integers (8 to 9).')
    expect(text).toContain('// small')
    const [before, after] = [readConfigText(TEXT).config, readConfigText(text).config]
    expect(after).toEqual({ ...before, compression: { ...before?.compression, freeze_epoch: 8 } })
  })

  it('is refused where there is nothing to divide, with what to do', () => {
    expect(() => withSchedule(TEXT.replace('"epochs": 10', '"epochs": 1'), EIGHTY_TWENTY)).toThrow(/two epochs or more.*--epochs/)
    expect(() => withSchedule(TEXT.replace(/"fracbits[^\]]*/, '"quantization" }'), EIGHTY_TWENTY)).toThrow(/learns none.*Leave --schedule out/)
    expect(withSchedule('{', EIGHTY_TWENTY)).toEqual({ text: '{', note: null })
  })

  it('counts the epochs that are given as a flag', async () => {
    const { path, remove } = makeTempDir()
    try {
      writeFileSync(join(path, 'a.jsonc'), TEXT)
      const flags = ['train', '-c', 'a.jsonc']
      const twenty = await callCli(path, [...flags, '--epochs', '20', '--schedule', '80/20'])
      expect(twenty.err).toContain('freeze_epoch 16: Widths are learned for 16 epochs (0 to 15), then frozen: 4 epochs in integers (16 to 19).')
    } finally {
      remove()
    }
  })
})
