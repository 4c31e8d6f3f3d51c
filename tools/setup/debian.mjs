import { isRoot } from './places.mjs'

/** Debian's package tool, for set-ups that run as root; nothing else is ever installed system-wide. */
export function createDebian(tools) {
  const quiet = { env: { DEBIAN_FRONTEND: 'noninteractive' } }
  let listsAreFresh

  const isHere = () => tools.works('apt-get', ['--version'])
  /** Fetches the package lists, once in a set-up. */
  const refresh = () => (listsAreFresh ??= tools.attempt('apt-get', ['update', '-qq'], quiet))
  /** Names with the suffix that Ubuntu 24.04 and Debian 13 gave to libraries with a 64-bit time_t. */
  const namesHere = async (names) => {
    const found = []
    for (const name of names) {
      const { output } = await tools.attempt('apt-cache', ['policy', name])
      const isReal = /Candidate: (?!\(none\))/.test(output)
      found.push(isReal ? name : `${name}t64`)
    }
    return found
  }
  /** Installs packages; false when it did not work (the log says why). */
  const install = async (names) => {
    await refresh()
    const real = await namesHere(names)
    return (
      (await tools.attempt('apt-get', ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...real], quiet)).code ===
      0
    )
  }
  return { isHere, install, canInstall: async () => isRoot && (await isHere()), command: (names) => `sudo apt-get install -y ${names.join(' ')}` }
}
