import { mkdirSync } from 'node:fs'
import type { TrainerChannel } from '../../contract/trainer-channel'
import type { TrainerCommand, TrainerEvent, TrainerSpec } from '../../contract/trainer-messages'
import { runTrainer } from '../run-trainer'

type Asked = Pick<TrainerSpec, 'config' | 'dataDir' | 'folder'> & Partial<TrainerSpec>

/** Runs one job in this process; everything that it says. `react` may answer events with commands. */
export function runHere(spec: Asked, react: (event: TrainerEvent) => TrainerCommand | null = () => null): Promise<TrainerEvent[]> {
  // As the engine does before it starts a trainer.
  mkdirSync(spec.folder, { recursive: true })
  return new Promise((resolve) => {
    const events: TrainerEvent[] = []
    let listener: (command: TrainerCommand) => void = () => undefined
    const channel: TrainerChannel = {
      send(event) {
        events.push(event)
        const answer = react(event)
        if (answer) listener(answer)
        if (event.type === 'ended') resolve(events)
      },
      onCommand: (own) => (listener = own),
    }
    runTrainer(channel)
    listener({ type: 'start', spec: { runId: 'testrun00001', workers: 0, excluded: [], resumeFrom: null, ...spec } })
  })
}

export const messagesOf = (events: readonly TrainerEvent[], level = /./): string[] =>
  events.flatMap((event) => (event.type === 'log' && level.test(event.level) ? [event.message] : []))

/** The last table of results. */
export const rowsOf = (events: readonly TrainerEvent[]) => events.flatMap((event) => (event.type === 'result' ? [event.result.rows] : [])).at(-1) ?? []

export const outcomeOf = (events: readonly TrainerEvent[]) =>
  events.flatMap((event) => (event.type === 'ended' ? [event.error === null ? event.outcome : `${event.error.code}: ${event.error.message}`] : [])).at(-1)
