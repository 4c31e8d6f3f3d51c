import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createFileLogger } from './file-logger'
import { createRedactor } from './redact'
import { makeTempDir } from './temp-dir'

describe('a text for others', () => {
  const redact = createRedactor({ homes: ['/home/ada', 'C:\\Users\\ada'], account: 'ada' })
  it.each([
    ['/home/ada/runs/x', '~/runs/x'],
    ['at f (/home/ada/app.js:3:4)', 'at f (~/app.js:3:4)'],
    ['file:///home/ada', 'file://~'],
    ['"C:\\\\Users\\\\ada\\\\runs"', '"~\\\\runs"'],
    ['C:\\Users\\ada\\runs', '~\\runs'],
    ['/mnt/home/ada/x', '/mnt~/x'],
    ['/home/adam and /home/adabel', '/home/adam and /home/adabel'],
    ['/Users/ada/x', '/Users/~/x'],
    ['ada wrote a sentence', 'ada wrote a sentence'],
  ])('%s is told as %s', (text, told) => expect(redact(text)).toBe(told))

  it('is what logs hold', () => {
    const temp = makeTempDir()
    const file = join(temp.path, 'main.ndjson')
    const logger = createFileLogger({ file, process: 'main' })
    logger.error('not opened', { folder: join(homedir(), 'secret'), error: new Error(`no ${homedir()}/x`) })
    logger.close()
    const text = readFileSync(file, 'utf8')
    expect(text).not.toContain(homedir())
    expect(JSON.parse(text)).toMatchObject({ folder: join('~', 'secret'), error: { message: 'no ~/x' } })
    temp.remove()
  })
})
