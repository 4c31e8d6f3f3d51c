import { execFileSync } from 'node:child_process'
import { renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { manifest } from './manifest.mjs'

/**
 * The unpacked application as one file, for systems without dpkg and people without root: gzip, since every tar can read that without another
 * program (zstd would save a fifth). Owners, times and order say nothing of the machine it was made on. Returns the file.
 */
export function makeArchive(unpacked, dist) {
  const { name, version } = manifest
  const folder = `${name}-${version}-linux-${process.arch}`
  const file = join(dist, `${folder}.tar.gz`)
  const plain = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', `--transform=flags=r;s,^${basename(unpacked)},${folder},`]
  execFileSync('tar', ['-C', dirname(unpacked), ...plain, '-czf', `${file}.part`, basename(unpacked)])
  renameSync(`${file}.part`, file)
  return file
}
