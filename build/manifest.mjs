import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What package.json says of the application: its name and version go into the names of its packages. */
export const manifest = JSON.parse(readFileSync(join(resolve(import.meta.dirname, '..'), 'package.json'), 'utf8'))
