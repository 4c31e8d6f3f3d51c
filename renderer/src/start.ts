import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { connectBrowser } from './engine/connect-browser'
import { connectElectron } from './engine/connect-electron'
import { createEngineSession, ENGINE_SESSION } from './engine/engine-session'
import { takeToken } from './engine/token'
import { createAppRouter } from './router'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'

// 1. The token leaves the address before the router reads it as a route.
const native = window.studio
const token = native === undefined ? takeToken(location, history, sessionStorage) : null

// 2. One connection for the whole page.
const session = createEngineSession(() => (native === undefined ? connectBrowser(token) : connectElectron(native)))

// 3. The page itself; it shows its frame at once and its data as soon as the engine answers.
createApp(App).use(createPinia()).use(createAppRouter()).provide(ENGINE_SESSION, session).mount('#app')
