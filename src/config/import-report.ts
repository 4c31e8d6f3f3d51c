import type { ConfigIssue } from '../contract/errors'
import { idleKeys, singleMachineKeys } from '../contract/training-config/sample-keys'
import { isNncfSample } from './config-origin'
import { readConfigText } from './config-text'
import { readableValue, type ValueEdit } from './edit-text'

/** What was made of a configuration that came from elsewhere. */
export interface ImportReport {
  /** `nncf`: nothing in it that the original does not know; `studio`: written for this program; `unreadable`: no JSON object. */
  readonly origin: 'nncf' | 'studio' | 'unreadable'
  /** Top-level keys that count. */
  readonly understood: readonly string[]
  /** Accepted, but without an effect here, and why. */
  readonly withoutEffect: readonly { readonly key: string; readonly reason: string }[]
  /** What keeps it from being run. */
  readonly problems: readonly ConfigIssue[]
  /** Takes away the keys that there are not. */
  readonly cleanUp: readonly ValueEdit[]
}

const FILES = ['dataset_dir', 'weights', 'resuming_checkpoint_path', 'log_dir', 'checkpoint_save_dir', 'metrics_dump']

function reasonFor(key: string): string | null {
  if (Object.hasOwn(singleMachineKeys, key)) return 'It steers several machines or processes; a run here has one.'
  if (Object.hasOwn(idleKeys, key)) return 'The original reads it nowhere either, or for tracing only.'
  return null
}

/** Reads a configuration file or a pasted text of the NNCF sample, and says what became of each key. */
export function importReport(text: string): ImportReport {
  const value = readableValue(text)
  const { issues } = readConfigText(text)
  if (value === undefined || typeof value !== 'object' || value === null)
    return { origin: 'unreadable', understood: [], withoutEffect: [], problems: issues, cleanUp: [] }
  const keys = Object.keys(value)
  const faulty = new Set(issues.map(({ path }) => path.split('.')[0]))
  const withoutEffect = keys.flatMap((key) => {
    const reason = reasonFor(key)
    return reason === null ? [] : [{ key, reason }]
  })
  const idle = new Set(withoutEffect.map(({ key }) => key))
  const unknown = issues.filter(({ message }) => message.startsWith('There is no such key'))
  return {
    origin: isNncfSample(value) ? 'nncf' : 'studio',
    understood: keys.filter((key) => !idle.has(key) && !faulty.has(key)),
    withoutEffect,
    problems: issues,
    cleanUp: unknown.map(({ path }) => ({ path: path.split('.').filter((part) => !/^\d+$/.test(part)), value: undefined })),
  }
}

/** Paths in a file of another machine that have to be looked at. */
export const foreignPaths = (text: string): string[] => {
  const value = readableValue(text)
  if (typeof value !== 'object' || value === null) return []
  return FILES.filter((key) => Object.hasOwn(value, key))
}
