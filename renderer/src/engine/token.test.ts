import { beforeEach, describe, expect, it } from 'vitest'
import { takeToken } from './token'

describe('takeToken', () => {
  beforeEach(() => {
    sessionStorage.clear()
    history.replaceState(null, '', '/')
  })

  it('takes the token out of the address and keeps it for a reload', () => {
    location.hash = '#token=a%2Bb'
    expect(takeToken(location, history, sessionStorage)).toBe('a+b')
    expect(location.href).not.toContain('token')
    expect(location.hash).toBe('#/')
    expect(takeToken(location, history, sessionStorage)).toBe('a+b')
  })

  it('leaves a route alone and knows of no token where none was given', () => {
    location.hash = '#/runs/abc'
    expect(takeToken(location, history, sessionStorage)).toBeNull()
    expect(location.hash).toBe('#/runs/abc')
  })
})
