import { describe, expect, it } from 'vitest'
import { rankActions } from '../../actions/rank-actions'
import { isShortcut, shortcutText } from '../../actions/shortcut'
import type { Action } from '../../stores/actions'
import { readNumbers, writtenValue } from './field-text'
import { FORM_GROUPS } from './form-groups'
import { LEAVES } from './form-values'
import { graphLanes } from './graph-lanes'

describe('lanes of the layer graph', () => {
  it('keep a chain in one lane and give a skip connection its own', () => {
    const rows = graphLanes([
      { id: 'a', inputs: ['input'] },
      { id: 'b', inputs: ['a'] },
      { id: 'c', inputs: ['b'] },
      { id: 'sum', inputs: ['c', 'a'] },
    ])
    expect(rows.map(({ lane }) => lane)).toEqual([0, 1, 1, 0])
    expect(rows[2]?.through).toEqual([0])
    expect(rows[3]).toMatchObject({ into: [1, 0], through: [], goesOn: false })
  })
})

describe('groups of the form', () => {
  it('hold every key of the schema exactly once', () => {
    const shown = FORM_GROUPS.flatMap(({ fields }) => fields.map(({ path }) => path.join('.')))
    expect([...shown].sort()).toEqual(LEAVES.map(({ path }) => path.join('.')).sort())
  })
})

describe('text of a field', () => {
  it('writes values as a person would, and reads lists of numbers', () => {
    expect([writtenValue(0.0001), writtenValue([1, 2]), writtenValue(['a', 'b']), writtenValue(undefined)]).toEqual(['1e-4', '1, 2', 'a\nb', ''])
    expect([readNumbers('1, 2 3'), readNumbers('1, x')]).toEqual([[1, 2, 3], null])
  })
})

describe('commands', () => {
  const action = (id: string, label: string): Action => ({ id, label, group: 'Go to', run: () => undefined })

  it('are found by the beginnings of words first', () => {
    const actions = [action('a', 'Theme: dark'), action('b', 'Show the network'), action('c', 'New run')]
    expect(rankActions(actions, 'ne').map(({ id }) => id)).toEqual(['c', 'b'])
    expect(rankActions(actions, 'ru ne').map(({ id }) => id)).toEqual(['c'])
    expect(rankActions(actions, 'zebra')).toEqual([])
  })

  it('know their keys on each platform', () => {
    const press = { key: 'K', ctrlKey: true, metaKey: false, shiftKey: false, altKey: false }
    expect([isShortcut(press, 'Mod+K', false), isShortcut(press, 'Mod+K', true), isShortcut({ ...press, shiftKey: true }, 'Mod+K', false)]).toEqual([
      true,
      false,
      false,
    ])
    expect([shortcutText('Mod+Shift+E', false), shortcutText('Mod+Shift+E', true)]).toEqual(['Ctrl+Shift+E', '⌘⇧E'])
  })
})
