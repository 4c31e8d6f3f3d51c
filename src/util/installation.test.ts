import { describe, expect, it } from 'vitest'
import { installation } from './installation'

describe('what is installed', () => {
  it('is a checkout where code lies in files, and a package where it lies in the archive', () => {
    expect(installation()).toMatchObject({ packaged: false, command: 'npm start --' })
    expect(installation('file:///opt/fracbits-studio/resources/app.asar/out/main/chunks/paths.js')).toMatchObject({
      packaged: true,
      command: 'fracbits',
    })
  })
})
