import { expect, it, vi } from 'vitest'
import type { StudioNative } from '../../../src/contract/native'
import { connectElectron } from './connect-electron'

it('a refusal of the main process is told in its own words', async () => {
  const said = "Error invoking remote method 'native:connect-engine': StudioError: The engine keeps stopping (exit code 9)."
  const native: Pick<StudioNative, 'connectEngine'> = { connectEngine: vi.fn().mockRejectedValue(new Error(said)) }
  await expect(connectElectron(native)).rejects.toMatchObject({ code: 'ENGINE_GONE', message: 'The engine keeps stopping (exit code 9).' })
})
