import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listImageFolder } from './image-folder'

let dir: string
let notices: string[]
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fracbits-folder-'))
  notices = []
})
afterEach(() => rm(dir, { recursive: true }))

async function put(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), 'x')
  }
}
const list = () => listImageFolder(dir, (line) => notices.push(line))

describe('a folder that is not divided', () => {
  const names = (files: readonly { readonly name: string }[]): string[] => files.map(({ name }) => name)

  it('is divided by the order of names, a fifth of each class for validation, and says so', async () => {
    await put(...Array.from({ length: 10 }, (_, i) => `bag/${String(i)}.jpg`), 'shoe/a.jpg', 'shoe/b.png', 'hat/only.jpg')
    const { train, validation } = await listImageFolder(dir, (line) => notices.push(line), true)
    expect(names(validation.files)).toEqual(['bag/8.jpg', 'bag/9.jpg', 'shoe/b.png'])
    expect(names(train.files)).toEqual([...Array.from({ length: 8 }, (_, i) => `bag/${String(i)}.jpg`), 'hat/only.jpg', 'shoe/a.jpg'])
    expect([train.classNames, validation.classNames, train.prefix]).toEqual([['bag', 'hat', 'shoe'], ['bag', 'hat', 'shoe'], ''])
    expect(notices).toEqual([expect.stringContaining('held out for validation, 3 of 13 images')])
  })

  it('is refused where it has to be divided, and where nothing can be held out', async () => {
    await put('bag/1.jpg', 'shoe/1.jpg')
    await expect(list()).rejects.toMatchObject({ code: 'DATA_MISSING', message: expect.stringContaining('train/<class>/') as unknown })
    await expect(listImageFolder(dir, () => undefined, true)).rejects.toMatchObject({ code: 'DATA_MISSING', message: expect.stringContaining('two or more') as unknown })
  })

  it('may call its splits by any of the usual names', async () => {
    await put('Training/a/1.jpg', 'testing/a/2.jpg')
    const { train, validation } = await listImageFolder(dir, (line) => notices.push(line), true)
    expect([train.prefix, validation.prefix, names(train.files), names(validation.files)]).toEqual(['Training/', 'testing/', ['a/1.jpg'], ['a/2.jpg']])
    await expect(list()).rejects.toMatchObject({ code: 'DATA_MISSING' })
  })

  it('is not taken for whole where one of the two folders is there', async () => {
    await put('train/bag/1.jpg', 'bag/1.jpg', 'bag/2.jpg')
    await expect(listImageFolder(dir, () => undefined, true)).rejects.toMatchObject({ code: 'DATA_MISSING' })
  })
})

describe('listImageFolder', () => {
  it('numbers classes and files in the order of ImageFolder, whatever their names are made of', async () => {
    await put('val/b/1.jpg', 'val/B/1.jpg', 'val/ä/1.jpg', 'val/🦊/1.jpg', 'val/\uFB00/1.jpg', 'val/10/1.jpg', 'val/9/1.jpg')
    await put('train/b/z/1.png', 'train/b/2.JPEG', 'train/b/10.jpg', 'train/b/a/3.jpg', 'train/b/😀 photo.jpg', 'train/b/\uFB00.jpg')
    await put('train/B/1.jpg', 'train/ä/1.jpg', 'train/🦊/1.jpg', 'train/\uFB00/1.jpg', 'train/10/1.jpg', 'train/9/1.jpg')
    const { train, validation } = await list()
    expect(train.classNames).toEqual(['10', '9', 'B', 'b', 'ä', '\uFB00', '🦊'])
    expect(validation.classNames).toEqual(train.classNames)
    expect(train.files.filter(({ label }) => label === 3).map(({ name }) => name)).toEqual([
      'b/10.jpg',
      'b/2.JPEG',
      'b/\uFB00.jpg',
      'b/😀 photo.jpg',
      'b/a/3.jpg',
      'b/z/1.png',
    ])
    expect(train.files.map(({ label }) => label)).toEqual([0, 1, 2, 3, 3, 3, 3, 3, 3, 4, 5, 6])
    expect(notices).toEqual([])
  })

  it('looks at nothing hidden, nothing beside the classes, and says what else it leaves out', async () => {
    await put('train/a/1.jpg', 'train/a/.2.jpg', 'train/.cache/1.jpg', 'train/readme.jpg', 'train/a/notes.txt', 'train/a/3.webp', 'train/a/4.bmp')
    await put('val/a/1.jpg')
    await mkdir(join(dir, 'train/a/5.jpg'))
    const { train } = await list()
    expect(train.classNames).toEqual(['a'])
    expect(train.files).toEqual([{ name: 'a/1.jpg', label: 0 }])
    expect(notices).toEqual([expect.stringMatching(/^Left out 2 files in .*train.a that are neither JPEG nor PNG, such as \d\.(webp|bmp)\./)])
  })

  it('follows links to folders and files once, and names those that lead nowhere', async () => {
    await put('elsewhere/1.jpg', 'train/a/1.jpg', 'val/a/1.jpg', 'val/linked/1.jpg')
    await symlink(join(dir, 'elsewhere'), join(dir, 'train/linked'))
    await symlink(join(dir, 'train'), join(dir, 'train/a/loop'))
    await symlink(join(dir, 'gone.jpg'), join(dir, 'train/a/2.jpg'))
    await symlink(join(dir, 'elsewhere/1.jpg'), join(dir, 'train/a/3.jpg'))
    const { train } = await list()
    expect(train.files.map(({ name }) => name)).toEqual(['a/1.jpg', 'a/3.jpg', 'linked/1.jpg'])
    expect(notices).toEqual([expect.stringMatching(/2\.jpg: it is a link that leads nowhere/), expect.stringMatching(/loop: it leads to .*train/)])
  })

  it('keeps the number of a class without images', async () => {
    await put('train/a/1.jpg', 'train/c/1.jpg', 'val/a/1.jpg', 'val/b/1.jpg', 'val/c/1.jpg')
    await mkdir(join(dir, 'train/b'))
    expect((await list()).train.files.map(({ label }) => label)).toEqual([0, 2])
    expect(notices).toEqual([expect.stringMatching(/class folder .*train.b holds no JPEG or PNG/)])
  })

  it('refuses splits of different classes by their names', async () => {
    await put('train/a/1.jpg', 'train/b/1.jpg', 'val/a/1.jpg', 'val/c/1.jpg')
    await expect(list()).rejects.toMatchObject({ code: 'DATA_CORRUPT', message: expect.stringMatching(/val lacks b\. train lacks c\./) })
  })

  it.each([
    ['there is no folder', async () => undefined],
    ['a split is missing', () => put('train/a/1.jpg')],
    ['a split has no classes', () => put('train/a/1.jpg', 'val/1.jpg')],
    ['a split has no images', () => put('train/a/1.txt', 'val/a/1.jpg')],
  ])('says how a data set looks when %s', async (_, prepare) => {
    await prepare()
    await expect(list()).rejects.toMatchObject({ code: 'DATA_MISSING', message: expect.stringContaining('train/<class>/ and val/<class>/') })
  })
})
