import { SetupError } from './setup-error.mjs'

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`

/** One line per step when it is done, and on a terminal a passing note of what is under way. */
export function createReporter(verbose) {
  const out = process.stderr
  const startedAt = Date.now()
  const underWay = new Set()
  let changed = false
  let ticking

  const clear = () => out.isTTY && out.write('\r\x1b[K')
  const note = () => {
    if (underWay.size === 0) return
    clear()
    out.write(`[setup] ${[...underWay].join(', ')} ... ${Math.round((Date.now() - startedAt) / 1000)} s`)
  }
  const line = (text) => {
    clear()
    out.write(`[setup] ${text}\n`)
  }

  /** Runs one step; its body resolves with a word on what it did, or undefined when there was nothing to do. */
  const step = async (name, body) => {
    const began = Date.now()
    underWay.add(name)
    if (out.isTTY) ticking ??= setInterval(note, 500).unref()
    try {
      const outcome = await body()
      changed ||= outcome !== undefined
      if (outcome !== undefined || verbose) line(`${name}: ${outcome ?? 'ready'} (${seconds(Date.now() - began)})`)
    } catch (error) {
      if (error instanceof SetupError) throw error
      throw new SetupError(`The step "${name}" failed (${error.message}); correct that and run this again.`, { cause: error })
    } finally {
      underWay.delete(name)
    }
  }
  const end = () => {
    clearInterval(ticking)
    clear()
  }
  return { step, end, warn: line, changed: () => changed }
}
