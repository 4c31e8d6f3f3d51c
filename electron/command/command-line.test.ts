import { describe, expect, it } from 'vitest'
import { COMMAND_SWITCHES, commandArguments } from './command-line'

describe('the command inside the application', () => {
  it('gets every argument as it was typed', () => {
    const typed = ['train', '-c', 'x.jsonc', '--', '--no-sandbox', '--cli']
    expect(commandArguments(['fracbits-studio', ...COMMAND_SWITCHES, ...typed])).toEqual(typed)
    expect(commandArguments(['fracbits-studio', ...COMMAND_SWITCHES])).toEqual([])
  })

  it('is not meant where the window was started', () => {
    expect(commandArguments(['fracbits-studio', '--workspace', 'x'])).toBeNull()
    expect(commandArguments(['fracbits-studio', '--', '--cli'])).toBeNull()
  })
})
