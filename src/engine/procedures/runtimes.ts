import { StudioError } from '../../contract/errors'
import type { Handlers } from '../../rpc/server-peer'
import { probeRuntime } from '../runtimes/probe-runtime'
import { BUILT_IN } from '../runtimes/runtime-control'
import type { Group, ProcedureContext } from './context'

type RuntimeMethods = Extract<keyof Handlers, `runtimes.${string}`>

/** Runtimes: what a person installs beside the built-in TensorFlow. */
export function runtimeProcedures({ deps, control, runtimes }: ProcedureContext): Group<RuntimeMethods> {
  return {
    'runtimes.list': async () => ({ runtimes: await runtimes.list() }),
    async 'runtimes.probe'({ name }) {
      const runtime = await runtimes.find(name)
      if (runtime !== null) return probeRuntime(deps.trainerHost, runtime)
      const { tensorflow, device } = await deps.trainerHost.probe(null)
      return { name: BUILT_IN, usable: true, detail: `libtensorflow ${tensorflow} on ${device}`, reason: null, remedy: null }
    },
    'runtimes.install': async ({ name, indexUrl }) => ({ name: await runtimes.install(name, indexUrl) }),
    async 'runtimes.cancel'({ name }) {
      await runtimes.cancel(name)
      return {}
    },
    async 'runtimes.remove'({ name }) {
      const user = control.userOf(name)
      if (user !== null) throw new StudioError('CONFLICT', `The run "${user}" computes with the runtime ${name}. Stop it first.`)
      await runtimes.remove(name)
      return {}
    },
    'runtimes.events': (_, { signal }) => runtimes.feed.subscribe(signal),
  }
}
