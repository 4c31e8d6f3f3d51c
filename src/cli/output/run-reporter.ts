import type { RunEvent } from '../../contract/api'
import type { TextSink } from '../io'
import { applyEvent, emptyProgress, type ProgressState } from './progress-state'
import { progressFraction, progressLine, progressParts } from './progress-text'

/** Shows a run's progress to a person. */
export interface RunReporter {
  event(event: RunEvent): void
  /** A sentence of its own line. */
  note(text: string): void
  /** Takes the progress bar away. */
  end(): void
}

const CLEAR_LINE = '\r\x1b[K'

/** A bar that stays on the last line of a terminal; whatever has to be said scrolls above it. */
export function createBarReporter(sink: TextSink): RunReporter {
  let state: ProgressState = emptyProgress
  const draw = (): unknown => sink.write(CLEAR_LINE + progressLine(state, (sink.columns ?? 80) - 1))
  const note = (text: string): void => {
    sink.write(`${CLEAR_LINE}${text}\n`)
    draw()
  }
  return {
    event(event) {
      state = applyEvent(state, event)
      const words = eventText(event)
      if (words !== null) note(words)
      else if (event.type === 'progress' || event.type === 'metrics') draw()
    },
    note,
    end: () => void sink.write(CLEAR_LINE),
  }
}

const LINE_EVERY_MS = 5_000

/** One line about every 5 s, and one for every phase and epoch: for logs and pipes. */
export function createLineReporter(sink: TextSink, now: () => number): RunReporter {
  let state: ProgressState = emptyProgress
  let lastPlace = ''
  let lastAt = -Infinity
  const note = (text: string): void => void sink.write(`${text}\n`)
  return {
    event(event) {
      state = applyEvent(state, event)
      const words = eventText(event)
      if (words !== null) note(words)
      if (event.type !== 'progress') return
      const place = `${event.progress.phase} ${event.progress.epoch}`
      if (place === lastPlace && now() - lastAt < LINE_EVERY_MS) return
      lastPlace = place
      lastAt = now()
      note(`${`${Math.floor(progressFraction(state) * 100)}%`.padStart(4)}  ${progressParts(state).join('  ')}`)
    },
    note,
    end: () => undefined,
  }
}

/** What an event is worth saying, or null. */
function eventText(event: RunEvent): string | null {
  switch (event.type) {
    case 'started':
      return `started: ${event.totalSteps} steps, ${event.quantizers.length} quantizers`
    case 'status':
      return event.status === 'running' || event.status === 'finished' ? null : `${event.status}${event.reason === null ? '' : `: ${event.reason}`}`
    case 'log':
      return event.entries.length === 0
        ? null
        : event.entries.map(({ level, message }) => (level === 'info' ? message : `${level}: ${message}`)).join('\n')
    default:
      return null
  }
}
