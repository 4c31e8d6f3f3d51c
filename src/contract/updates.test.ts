import { describe, expect, it } from 'vitest'
import { feedProblem, isUpdateAddress } from './updates'

describe('the address of a feed', () => {
  it.each(['https://example.com/updates', 'https://example.com:8443/', 'http://127.0.0.1:4000/feed', 'http://[::1]:4000/', 'http://localhost/'])(
    'may be %s',
    (address) => {
      expect(feedProblem(address)).toBeNull()
    },
  )

  it.each([
    ['', 'no address'],
    ['updates', 'no address'],
    ['/home/ada/feed', 'no address'],
    [`https://example.com/${'x'.repeat(2000)}`, 'no address'],
    ['http://example.com/', 'over https'],
    ['http://127.0.0.1.example.com/', 'over https'],
    ['http://localhost.example.com/', 'over https'],
    ['file:///home/ada/feed', 'over https'],
    ['ftp://example.com/', 'over https'],
    ['javascript:alert(1)', 'over https'],
    ['https://ada:secret@example.com/', 'passwords'],
    ['https://example.com/?token=1', 'folder'],
    ['https://example.com/#x', 'folder'],
  ])('may not be %s', (address, why) => {
    expect(feedProblem(address)).toContain(why)
  })

  it('holds for redirections, too: only https, or this machine', () => {
    expect(['https://cdn.example.com/a.deb?sig=1', 'http://127.0.0.1:1/a'].map(isUpdateAddress)).toEqual([true, true])
    expect(['http://example.com/a.deb', 'http://192.168.0.1/a', 'file:///etc/passwd', 'x'].map(isUpdateAddress)).toEqual([false, false, false, false])
  })
})
