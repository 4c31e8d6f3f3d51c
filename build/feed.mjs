import { createHash } from 'node:crypto'
import { createReadStream, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { manifest } from './manifest.mjs'

/**
 * The description that the updater of an older version reads: which version there is, and size and sha512 of its files, which lie in the same
 * folder. It is YAML by being JSON. Resolves with the file, `latest-linux.yml` in `folder`, or `latest-linux-arm64.yml`.
 */
export async function makeFeed(files, folder, { version = manifest.version, notes = '', arch = process.arch } = {}) {
  const entries = []
  for (const file of files) entries.push({ url: basename(file), sha512: await sha512Of(file), size: statSync(file).size })
  const [{ url: path, sha512 }] = entries
  const feed = { version, files: entries, path, sha512, releaseNotes: notes, releaseDate: new Date().toISOString() }
  const target = join(folder, arch === 'x64' ? 'latest-linux.yml' : `latest-linux-${arch}.yml`)
  writeFileSync(`${target}.part`, `${JSON.stringify(feed, null, 2)}\n`)
  renameSync(`${target}.part`, target)
  return target
}

async function sha512Of(file) {
  const hash = createHash('sha512')
  await pipeline(createReadStream(file), hash)
  return hash.digest('base64')
}
