import { homedir, userInfo } from 'node:os'

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
/** What may follow a folder's name, so that `/home/ada` is not found in `/home/adam`. */
const END = `(?=$|[/\\\\"'\\s:;,)\\]}?#])`

/** Who is not to be named; by default whoever runs this process. */
export interface Person {
  /** Their home folder by every name that it may stand under. */
  readonly homes: readonly string[]
  readonly account: string
}

function thisPerson(): Person {
  const homes = [homedir(), process.env.HOME, process.env.USERPROFILE].filter((home): home is string => home !== undefined && home.length > 1)
  try {
    return { homes, account: userInfo().username }
  } catch {
    // A container may run under a number that no account has.
    return { homes, account: '' }
  }
}

/** Writes a person's home folder as `~`, and leaves their account's name out of paths to homes: for texts that are shown to others. */
export function createRedactor({ homes, account }: Person = thisPerson()): (text: string) => string {
  // In JSON and in addresses the same path is spelt otherwise.
  const spellings = new Set(homes.flatMap((home) => [home, JSON.stringify(home).slice(1, -1), encodeURI(home)]))
  const folders = [...spellings].map((spelt) => new RegExp(escaped(spelt) + END, 'g'))
  const named = account === '' ? null : new RegExp(`(/home/|/Users/|\\\\Users\\\\{1,2})${escaped(account)}${END}`, 'g')
  return (text) => {
    const result = folders.reduce((rest, folder) => rest.replaceAll(folder, '~'), text)
    return named === null ? result : result.replaceAll(named, '$1~')
  }
}
