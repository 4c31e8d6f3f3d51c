import { parse } from 'jsonc-parser'
import { StudioError, toErrorShape } from '../contract/errors'
import type { Channel } from '../rpc/channel'
import { ClientFrame, type ServerFrame } from '../rpc/frames'
import type { Roots } from './roots'

/** Keys of inputs that hold a path, by method: every one of the contract; a test finds any that is missing. */
export const PATH_KEYS: Readonly<Record<string, readonly string[]>> = {
  'runs.create': ['dataDir', 'logDir'],
  'runs.exportBundle': ['file'],
  'runs.importBundle': ['file'],
  'runs.bundleContents': ['file'],
  'runs.importLogs': ['folder'],
  'runs.setImages': ['folder'],
  'data.recognise': ['folder'],
  'data.add': ['folder'],
  'data.relink': ['folder'],
  'exports.create': ['file'],
  'exports.verify': ['file', 'dataDir'],
}
/** Keys of a configuration that hold a path. */
export const CONFIG_PATH_KEYS = ['dataset_dir', 'weights', 'resuming_checkpoint_path', 'log_dir', 'checkpoint_save_dir', 'metrics_dump'] as const

const valuesAt = (value: unknown, keys: readonly string[]): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : keys.flatMap((key) => {
        const entry: unknown = Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : null
        return typeof entry === 'string' ? [entry] : []
      })

/** A text that nests so deep is no configuration, and the engine says so. */
function configOf(input: unknown): unknown {
  const [text] = valuesAt(input, ['configText'])
  if (text === undefined) return null
  try {
    return parse(text, [], { allowTrailingComma: true })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function pathsOf(name: string, input: unknown): string[] {
  const own = Object.hasOwn(PATH_KEYS, name) ? valuesAt(input, PATH_KEYS[name] ?? []) : []
  return name === 'runs.create' ? [...own, ...valuesAt(configOf(input), CONFIG_PATH_KEYS)] : own
}

/** The page's line, on which calls that name a path outside of the roots are refused before an engine sees them. Order is kept. */
export function confine(page: Channel, roots: Roots): Channel {
  let last: Promise<void> = Promise.resolve()
  const pass = async (frame: unknown, on: (frame: unknown) => void): Promise<void> => {
    const call = ClientFrame.safeParse(frame).data
    if (call?.kind === 'call' || call?.kind === 'open')
      for (const path of pathsOf(call.name, call.input))
        if (!(await roots.contain(path))) {
          const message = `${path} lies outside of the folders that this server may use (${roots.folders.join(', ')}). Choose another, or start it with --root and that folder.`
          const error = toErrorShape(new StudioError('BAD_INPUT', message))
          return page.send(
            (call.kind === 'call' ? { kind: 'failure', id: call.id, error } : { kind: 'end', id: call.id, error }) satisfies ServerFrame,
          )
        }
    on(frame)
  }
  return {
    send: (frame) => page.send(frame),
    close: () => page.close(),
    onClose: (listener) => page.onClose(listener),
    onMessage: (listener) => page.onMessage((frame) => void (last = last.then(() => pass(frame, listener)))),
  }
}
