import { createRouter, createWebHashHistory, type Router } from 'vue-router'
import CompareView from './views/compare/CompareView.vue'
import HomeView from './views/home/HomeView.vue'
import MachineView from './views/machine/MachineView.vue'
import NewRunView from './views/new-run/NewRunView.vue'
import QueueView from './views/queue/QueueView.vue'
import RepeatsView from './views/repeats/RepeatsView.vue'
import RunView from './views/run/RunView.vue'

/**
 * All views are in one bundle: views of their own chunks would move shared modules before the one that has to come first in `main.ts`.
 * Routes live in the fragment: it works under any path and scheme, and never reaches a server. */
export function createAppRouter(): Router {
  return createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', name: 'home', component: HomeView, meta: { title: 'Runs' } },
      { path: '/new', name: 'new-run', component: NewRunView, meta: { title: 'New run' } },
      { path: '/runs/:runId', name: 'run', component: RunView, props: true, meta: { title: 'Run' } },
      { path: '/compare', name: 'compare', component: CompareView, meta: { title: 'Compare' } },
      { path: '/queue', name: 'queue', component: QueueView, meta: { title: 'Queue' } },
      { path: '/repeats/:name', name: 'repeats', component: RepeatsView, props: true, meta: { title: 'Repeats' } },
      { path: '/machine', name: 'machine', component: MachineView, meta: { title: 'Machine' } },
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  })
}
