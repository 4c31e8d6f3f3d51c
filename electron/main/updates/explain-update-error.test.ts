import { expect, it } from 'vitest'
import { StudioError } from '../../../src/contract/errors'
import { explainUpdateError } from './explain-update-error'

const withCode = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code })

it.each([
  [withCode('ERR_CHECKSUM_MISMATCH'), 'sha512 differs'],
  [withCode('ERR_UPDATER_CHANNEL_FILE_NOT_FOUND'), 'no feed for this system'],
  [withCode('ERR_UPDATER_INVALID_UPDATE_INFO', 'Cannot parse update info from latest-linux.yml: <html>'), "can't be used"],
  [withCode('ERR_UPDATER_NO_CHECKSUM'), "can't be used"],
  [withCode('HTTP_ERROR_403'), 'HTTP 403'],
  [new Error('net::ERR_CONNECTION_REFUSED'), 'net::ERR_CONNECTION_REFUSED'],
  [new Error('net::ERR_CERT_AUTHORITY_INVALID'), 'net::ERR_CERT_AUTHORITY_INVALID'],
  [new Error('net::ERR_BLOCKED_BY_CLIENT'), 'without https'],
  [new Error('Command pkexec exited with code 126'), 'the log has the details'],
  ['nothing known', 'the log has the details'],
])('what the updater says is a sentence: %s', (cause, sentence) => {
  const explained = explainUpdateError(cause)
  expect(explained.message).toContain(sentence)
  expect(explained.cause).toBe(cause)
})

it('a sentence that is there already stays', () => {
  const own = new StudioError('NOT_FOUND', 'The feed has version 2, but no .deb file of it.')
  expect(explainUpdateError(own)).toBe(own)
})
