import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { packageNames } from './contents.mjs'

const root = resolve(import.meta.dirname, '..')
const modules = join(root, 'node_modules')
const RULE = '-'.repeat(80)

/** Every npm package whose code is given away: those beside the bundles, and those in them (as the build has written down). */
export function shippedPackages() {
  const bundled = ['main', 'preload', 'renderer'].flatMap((part) =>
    JSON.parse(readFileSync(join(root, 'out', part, 'bundled-packages.json'), 'utf8')),
  )
  return [...new Set([...packageNames, ...bundled])].filter((name) => existsSync(join(modules, name, 'package.json'))).sort()
}

/** The licences of all npm packages that are given away, in one text. */
export const packageNotices = () => shippedPackages().map(notice).join(`\n\n${RULE}\n\n`)

function notice(name) {
  const folder = join(modules, name)
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry))
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : 'The package comes without the text of its licence; its manifest names it.'
  return `${name} ${version} (${license})\n\n${text}`
}
