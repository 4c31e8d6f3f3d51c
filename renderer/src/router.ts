import { createRouter, createWebHashHistory, type Router } from 'vue-router'
import DatasetsView from './views/datasets/DatasetsView.vue'
import DatasetView from './views/datasets/DatasetView.vue'
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
      { path: '/datasets', name: 'datasets', component: DatasetsView, meta: { title: 'Data sets' } },
      { path: '/datasets/:datasetId', name: 'dataset', component: DatasetView, props: true, meta: { title: 'Data set' } },
      { path: '/machine', name: 'machine', component: MachineView, meta: { title: 'Machine' } },
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  })
}
