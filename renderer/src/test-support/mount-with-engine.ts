import { mount, type VueWrapper } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { defineComponent, type Component } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { createClient } from '../../../src/rpc/client'
import type { Channel } from '../../../src/rpc/channel'
import { createMemoryChannels } from '../../../src/rpc/memory-channel'
import { createEngineSession, ENGINE_SESSION, type EngineSession } from '../engine/engine-session'
import type { ScriptedEngine } from './scripted-engine'

export interface Connection {
  readonly session: EngineSession
  /** Cuts the line as a crash of the engine would. */
  cut(): void
}

/** A session whose every connection is a fresh in-memory line to the scripted engine. */
export function connectTo(engine: ScriptedEngine): Connection {
  let far: Channel | null = null
  const session = createEngineSession(() => {
    const [near, other] = createMemoryChannels()
    far = other
    engine.serve(other)
    return Promise.resolve(createClient(near, { app: 'test' }))
  })
  return { session, cut: () => far?.close() }
}

export interface Mounted extends Connection {
  readonly wrapper: VueWrapper
  readonly router: Router
}

/** Mounts a component as the app would: engine session, store and router around it. */
export function mountWithEngine(component: Component, engine: ScriptedEngine, props: Record<string, unknown> = {}): Mounted {
  const connection = connectTo(engine)
  const Blank = defineComponent({ render: () => null })
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: Blank },
      { path: '/new', name: 'new-run', component: Blank },
      { path: '/configurations', name: 'configurations', component: Blank },
      { path: '/configurations/compare', name: 'compare-configurations', component: Blank },
      { path: '/configurations/:configId', name: 'configuration', component: Blank },
      { path: '/runs/:runId', name: 'run', component: Blank },
      { path: '/queue', name: 'queue', component: Blank },
      { path: '/repeats/:name', name: 'repeats', component: Blank },
      { path: '/compare', name: 'compare', component: Blank },
      { path: '/machine', name: 'machine', component: Blank },
      { path: '/datasets', name: 'datasets', component: Blank },
      { path: '/datasets/:datasetId', name: 'dataset', component: Blank },
    ],
  })
  const wrapper = mount(component, {
    props,
    attachTo: document.body,
    global: { plugins: [createPinia(), router], provide: { [ENGINE_SESSION as symbol]: connection.session } },
  })
  return { ...connection, wrapper, router }
}

/** Runs a composable inside a component with an engine session and hands out what it returned. */
export function withEngine<T>(engine: ScriptedEngine, use: () => T): Connection & { readonly result: T; unmount(): void } {
  const holder: { result?: T } = {}
  const mounted = mountWithEngine(
    defineComponent({
      setup() {
        holder.result = use()
        return () => null
      },
    }),
    engine,
  )
  if (!('result' in holder)) throw new Error('The composable did not run')
  return { session: mounted.session, cut: mounted.cut, result: holder.result, unmount: () => mounted.wrapper.unmount() }
}
