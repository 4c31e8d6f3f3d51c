import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WindowStateFile, visibleBounds } from './window-state'

describe('window state', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'window-state-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('remembers what was changed and keeps the rest', () => {
    const file = join(folder, 'new', 'window.json')
    new WindowStateFile(file).update({ theme: 'dark' })
    new WindowStateFile(file).update({ zoom: 1.25 })
    expect(new WindowStateFile(file).get()).toMatchObject({ theme: 'dark', zoom: 1.25, bounds: null })
  })

  it.each(['', '{', '{"theme":"pink"}'])('starts from the defaults when the file holds %j', (text) => {
    const file = join(folder, 'window.json')
    writeFileSync(file, text)
    expect(new WindowStateFile(file).get()).toEqual({
      ...{ bounds: null, maximized: false, zoom: 1, theme: 'system', whenClosing: 'ask' },
      ...{ updateFeed: '', checkAtStart: false },
    })
  })

  it('forgets a place on a display that is gone', () => {
    const display = { x: 0, y: 0, width: 1920, height: 1080 }
    expect(visibleBounds({ x: 100, y: 100, width: 800, height: 600 }, [display])).not.toBeNull()
    expect(visibleBounds({ x: 2500, y: 100, width: 800, height: 600 }, [display])).toBeNull()
    expect(visibleBounds({ x: 100, y: -300, width: 800, height: 600 }, [display])).toBeNull()
  })
})
