import { join } from 'node:path'
import { expect, it } from 'vitest'
import { commandReference } from './command-reference'
import { configurationKeys } from './configuration-keys'
import { configurationReference } from './configuration-reference'
import { parsingProgram } from './testing/parsing-program'

const FOLDER = join(import.meta.dirname, '../../../docs/reference')
const REMEDY = 'This page is not what its generator makes. "npm run docs" makes it anew.'

it('docs/reference/configuration.md is what the schema of configurations says', async () => {
  await expect(configurationReference(), REMEDY).toMatchFileSnapshot(join(FOLDER, 'configuration.md'))
})

it('docs/reference/commands.md is what the program says', async () => {
  await expect(commandReference(parsingProgram()), REMEDY).toMatchFileSnapshot(join(FOLDER, 'commands.md'))
})

it('every key of a configuration is described', () => {
  const silent = configurationKeys().sections.flatMap(({ keys }) => keys.filter(({ description }) => description === null).map(({ path }) => path))
  expect(silent).toEqual([])
})
