import { ownCompressionKeys } from '../../contract/training-config/compression'
import { ownKeys, placeKeys } from '../../contract/training-config'
import { TRAIN_FLAG_OF_KEY } from '../train-flags'
import { type ConfigurationKey, configurationKeys, type ConfigurationSection } from './configuration-keys'
import { code, documentOf, linkTo, table } from './markdown'

const INTRODUCTION = `A run is described by one file: JSON with comments. Its vocabulary is that of NNCF's classification sample, so that its files are taken as they are;
keys of this program's own are marked _own_, and a file that has one of them counts as written for this program (\`compatibility\`); \`slurm\`, which says where and not what, changes nothing there. \`model\` and \`input_info\` are all it must have.
Unknown keys, wrong kinds of values and values out of bounds are refused with line and column before anything runs: \`npm start -- check FILE\` says so, and advises.
Paths in a file are taken from the file's own folder. Where a command-line option sets a key, it is named, and wins over the file.

A dash under _Default_ says that nothing counts where a key is left out. The form of the page _Configurations_ is made from the same schema as this page.`

const TOP_LEVEL = 'Top level'
const REFUSED = 'Refused keys'

const headingOf = (path: string): string => (path === '' ? TOP_LEVEL : path.replace(/\[\]$/, ', each entry of the list'))

const isOwn = ({ path }: ConfigurationKey): boolean =>
  Object.hasOwn(ownKeys, path) || Object.hasOwn(placeKeys, path) || Object.keys(ownCompressionKeys).some((key) => path === `compression.${key}`)

function defaultWords({ required, defaultValue }: ConfigurationKey): string {
  if (required) return '**required**'
  return defaultValue === undefined ? '–' : code(JSON.stringify(defaultValue))
}

function rowOf(key: ConfigurationKey): string[] {
  const option = TRAIN_FLAG_OF_KEY.get(key.path)
  const leadsTo = key.leadsTo.map((path) => linkTo(headingOf(path)))
  const words = [
    key.description,
    ...key.conditions,
    option === undefined ? null : `Option ${code(option)}.`,
    leadsTo.length === 0 ? null : `Keys: ${leadsTo.join(', ')}.`,
  ]
  return [
    isOwn(key) ? `${code(key.key)} _own_` : code(key.key),
    key.unit === null ? key.value : `${key.value} (${key.unit})`,
    defaultWords(key),
    words.filter((part) => part !== null).join(' '),
  ]
}

const sectionOf = ({ path, keys }: ConfigurationSection): string[] => [
  `## ${headingOf(path)}`,
  table(['Key', 'Value', 'Default', 'What it does'], keys.map(rowOf)),
]

/** `docs/reference/configuration.md`: every key that a configuration may have, from the schema that judges them. */
export function configurationReference(): string {
  const { sections, refused } = configurationKeys()
  return documentOf([
    '# Configuration keys',
    INTRODUCTION,
    `Sections: ${sections.map(({ path }) => linkTo(headingOf(path))).join(', ')}; ${linkTo(REFUSED)}.`,
    ...sections.flatMap(sectionOf),
    `## ${REFUSED}`,
    'Keys of NNCF that cannot be followed here. A file that has one is refused with this sentence.',
    table(
      ['Key', 'Why, and what to do'],
      refused.map(({ path, message }) => [code(path), message]),
    ),
  ])
}
