import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Hexadecimal digest of a file, read as a stream. */
export async function digestOfFile(file, algorithm = 'sha256') {
  const hash = createHash(algorithm)
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

/** Short name for the state of some inputs. */
export const fingerprint = (value) =>
  createHash('sha256')
    .update(typeof value === 'string' ? value : JSON.stringify(value))
    .digest('hex')
    .slice(0, 20)

/** The file in a folder that ends as given and has the digest, whatever it is called: a download that is already whole. */
export async function findByDigest(folder, ending, sha256) {
  if (!existsSync(folder)) return undefined
  for (const name of readdirSync(folder)) {
    if (name.endsWith(ending) && (await digestOfFile(join(folder, name))) === sha256) return join(folder, name)
  }
  return undefined
}
