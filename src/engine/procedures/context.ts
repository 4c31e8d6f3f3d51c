import type { Handlers } from '../../rpc/server-peer'
import type { EngineDeps } from '../types'
import type { EventHub } from '../event-hub'
import type { RunControl } from '../run-control'
import type { RuntimeControl } from '../runtimes/runtime-control'

/** What procedures work with. */
export interface ProcedureContext {
  readonly deps: EngineDeps
  readonly hub: EventHub
  readonly control: RunControl
  readonly runtimes: RuntimeControl
  readonly newId: () => string
  readonly now: () => number
}

/** The handlers of one group of methods. */
export type Group<N extends keyof Handlers> = Pick<Handlers, N>
