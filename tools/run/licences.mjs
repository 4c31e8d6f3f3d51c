import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/places.mjs'

/** Licences that let the product be given away with its parts; anything else has to be looked at by a person first. */
const ALLOWED = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'CC-BY-4.0',
  'Unlicense',
  'Python-2.0',
  'WTFPL',
  'MPL-2.0',
  'CC-BY-3.0',
])

const textOf = (licence) => (typeof licence === 'string' ? licence : (licence?.type ?? 'unknown'))

/** Whether an SPDX expression leaves a choice that is allowed: one of `OR`, all of `AND`. */
export function isAllowed(expression) {
  const plain = expression.replaceAll(/[()]/g, ' ')
  return plain.split(/\sOR\s/).some((choice) => choice.split(/\sAND\s/).every((part) => ALLOWED.has(part.trim())))
}

/** Every package of the lock file with its licence; `shipped` ones are parts of the product, the others only build or test it. */
export function packages(folder = root) {
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && entry.link !== true)
    .map(([path, entry]) => {
      const manifest = join(folder, path, 'package.json')
      const declared = entry.license ?? (existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).license : undefined)
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
      return { name, version: entry.version, licence: textOf(declared), shipped: entry.dev !== true, script: entry.hasInstallScript === true }
    })
    .sort((a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version))
}

/** `npm run licences`: name, version, licence, and whether it is shipped. Fails when one has to be looked at. */
export function licences() {
  const all = packages()
  for (const { name, version, licence, shipped } of all)
    process.stdout.write(`${shipped ? 'shipped' : 'tools  '}  ${licence.padEnd(24)}  ${name}@${version}\n`)
  const doubtful = all.filter(({ licence }) => !isAllowed(licence))
  for (const { name, licence } of doubtful) process.stderr.write(`${name}: the licence "${licence}" has to be looked at.\n`)
  process.stdout.write(`${all.length} packages, ${all.filter(({ shipped }) => shipped).length} of them shipped\n`)
  return doubtful.length === 0 ? 0 : 1
}
