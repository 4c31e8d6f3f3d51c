import { createRouter, createWebHashHistory, type Router } from 'vue-router'
import HomeView from './views/home/HomeView.vue'
import MachineView from './views/machine/MachineView.vue'
import NewRunView from './views/new-run/NewRunView.vue'
import RunView from './views/run/RunView.vue'

/** Routes live in the fragment: it works under any path and scheme, and never reaches a server. */
export function createAppRouter(): Router {
  return createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', name: 'home', component: HomeView, meta: { title: 'Runs' } },
      { path: '/new', name: 'new-run', component: NewRunView, meta: { title: 'New run' } },
      { path: '/runs/:runId', name: 'run', component: RunView, props: true, meta: { title: 'Run' } },
      { path: '/compare', name: 'compare', component: () => import('./views/compare/CompareView.vue'), meta: { title: 'Compare' } },
      { path: '/machine', name: 'machine', component: MachineView, meta: { title: 'Machine' } },
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  })
}
