import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeTempDir } from '../../util/temp-dir'
import { Call, Dictionary, Name, Persistent, pickle, Tuple } from './testing/pickle-writer'
import { tensorCall, writePth, zip } from './testing/write-pth'
import { openWeightFile } from './weight-file'

const { path: folder, remove } = makeTempDir()
afterAll(remove)

describe('hostile files', () => {
  const system = new Call(new Name('posix', 'system'), ['echo harm'])
  const tensorOf = (shape: readonly number[], strides: readonly number[], length: number, offset = 0): Call => {
    const storage = new Persistent(new Tuple(['storage', new Name('torch', 'FloatStorage'), '0', 'cpu', length]))
    return new Call(new Name('torch._utils', '_rebuild_tensor_v2'), [storage, offset, new Tuple(shape), new Tuple(strides)])
  }
  const archive = (pickled: Buffer, data = Buffer.alloc(4)): Buffer =>
    zip([
      ['a/data.pkl', pickled],
      ['a/data/0', data],
    ])
  const state = (value: Call): Buffer => pickle(new Dictionary([['w', value]]))

  it.each([
    ['a call of the operating system', archive(state(system)), 'posix.system'],
    ['eval', archive(state(new Call(new Name('builtins', 'eval'), ['1']))), 'builtins.eval'],
    ['another module of torch', archive(state(new Call(new Name('torch.hub', 'load'), []))), 'torch.hub.load'],
    ['a broadcast that fills the memory', archive(state(tensorOf([100_000, 100_000], [0, 0], 1))), 'outside of its storage'],
    ['a tensor beyond its storage', archive(state(tensorOf([1], [1], 1, 1))), 'outside of its storage'],
    ['strides that leave the storage', archive(state(tensorOf([2], [5], 4))), 'outside of its storage'],
    ['a negative offset', archive(state(tensorOf([1], [1], 1, -1))), 'not described'],
    ['a fractional size', archive(state(tensorOf([0.5], [1], 1))), 'not described'],
    ['a text that is longer than the file', archive(Buffer.from('\x80\x02X\xff\xff\xff\x7f.', 'latin1')), 'ends too early'],
    ['an empty stack', archive(Buffer.from('\x80\x02.', 'latin1')), 'where there is none'],
    ['a mark as value', archive(Buffer.from('\x80\x02(.', 'latin1')), 'where there is none'],
    ['a memo that was never kept', archive(Buffer.from('\x80\x02h\x05.', 'latin1')), 'has not kept'],
    ['an extension', archive(Buffer.from('\x80\x02\x82\x01.', 'latin1')), 'step 0x82'],
    ['an old-style instance', archive(Buffer.from('\x80\x02(ios\nsystem\n.', 'latin1')), 'step 0x69'],
    ['a huge integer', archive(Buffer.from('\x80\x02\x8b\xff\xff\xff\x0f.', 'latin1')), 'an integer in it'],
    ['a pickle of the future', archive(Buffer.from('\x80\x09N.', 'latin1')), 'protocol 9'],
    ['a list instead of a dictionary', archive(pickle([1])), 'no dictionary'],
    ['a dictionary without tensors', archive(pickle(new Dictionary([['a', 1]]))), 'no tensors'],
    ['another zip archive', zip([['readme', Buffer.from('hello')]]), 'not one of PyTorch'],
    ['a cut zip archive', archive(state(tensorCall('0', { shape: [1], data: [1] }))).subarray(0, -30), 'directory'],
    ['another pickle', pickle(new Dictionary([['a', 1]])), 'no file of torch.save'],
    ['text', Buffer.from('not weights at all'), 'cannot be read'],
    ['nothing', Buffer.alloc(0), 'ends too early'],
  ])('with %s are refused with a sentence', async (_, content, sentence) => {
    const file = join(folder, 'hostile.pth')
    await writeFile(file, content)
    await expect(openWeightFile(file)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining(sentence) as unknown })
  })

  it('with a storage that is missing or cut off are refused when its values are wanted', async () => {
    for (const data of [Buffer.alloc(2), Buffer.alloc(4)]) {
      const file = join(folder, 'short.pth')
      await writeFile(file, archive(state(tensorOf([data.length === 2 ? 1 : 2], [1], data.length === 2 ? 1 : 2)), data))
      const { tensors } = await openWeightFile(file)
      expect(() => tensors.get('w')?.values()).toThrow('cut off')
    }
  })

  it('never let a byte that was changed or lost do more than a refusal', async () => {
    const whole = join(folder, 'whole.pth')
    await writePth(whole, { 'conv.weight': { shape: [2, 1, 1, 2], data: [1, 2, 3, 4] } }, { format: 'legacy' })
    const bytes = await readFile(whole)
    const file = join(folder, 'changed.pth')
    for (let i = 0; i < bytes.length; i += 3) {
      const changed = Buffer.from(bytes)
      changed[i] = (changed[i] ?? 0) ^ 0x5b
      for (const content of [changed, bytes.subarray(0, i)]) {
        await writeFile(file, content)
        const readAll = async (): Promise<void> => {
          for (const tensor of (await openWeightFile(file)).tensors.values()) tensor.values()
        }
        const error: unknown = await readAll().then(
          () => null,
          (cause: unknown) => cause,
        )
        if (error !== null) expect(error).toMatchObject({ code: 'CHECKPOINT_CORRUPT' })
      }
    }
  })

  it('that do not exist are named', async () => {
    await expect(openWeightFile(join(folder, 'none.pth'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
