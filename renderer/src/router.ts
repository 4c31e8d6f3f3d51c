import { createRouter, createWebHashHistory, type Router } from 'vue-router'
import CompareView from './views/compare/CompareView.vue'
import ConfigurationsView from './views/configurations/ConfigurationsView.vue'
import DatasetsView from './views/datasets/DatasetsView.vue'
import DatasetView from './views/datasets/DatasetView.vue'
import HomeView from './views/home/HomeView.vue'
import MachineView from './views/machine/MachineView.vue'
import QueueView from './views/queue/QueueView.vue'
import RepeatsView from './views/repeats/RepeatsView.vue'
import SettingsView from './views/settings/SettingsView.vue'
import RunView from './views/run/RunView.vue'

// Screens with the text editor are loaded when they are first shown: it is half of the page's code.
const NewRunView = () => import('./views/new-run/NewRunView.vue')
const ConfigurationEditor = () => import('./views/configurations/ConfigurationEditor.vue')
const CompareConfigurationsView = () => import('./views/configurations/CompareView.vue')

/** Routes live in the fragment: it works under any path and scheme, and never reaches a server. */
export function createAppRouter(): Router {
  return createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/', name: 'home', component: HomeView, meta: { title: 'Runs' } },
      { path: '/new', name: 'new-run', component: NewRunView, meta: { title: 'New run' } },
      { path: '/configurations', name: 'configurations', component: ConfigurationsView, meta: { title: 'Configurations' } },
      { path: '/configurations/compare', name: 'compare-configurations', component: CompareConfigurationsView, meta: { title: 'Compare configurations' } },
      { path: '/configurations/:configId', name: 'configuration', component: ConfigurationEditor, props: true, meta: { title: 'Configuration' } },
      { path: '/runs/:runId', name: 'run', component: RunView, props: true, meta: { title: 'Run' } },
      { path: '/compare', name: 'compare', component: CompareView, meta: { title: 'Compare' } },
      { path: '/queue', name: 'queue', component: QueueView, meta: { title: 'Queue' } },
      { path: '/repeats/:name', name: 'repeats', component: RepeatsView, props: true, meta: { title: 'Repeats' } },
      { path: '/datasets', name: 'datasets', component: DatasetsView, meta: { title: 'Data sets' } },
      { path: '/datasets/:datasetId', name: 'dataset', component: DatasetView, props: true, meta: { title: 'Data set' } },
      { path: '/machine', name: 'machine', component: MachineView, meta: { title: 'Machine' } },
      { path: '/settings', name: 'settings', component: SettingsView, meta: { title: 'Settings' } },
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  })
}
