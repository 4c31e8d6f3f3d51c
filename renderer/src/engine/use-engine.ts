import { inject } from 'vue'
import { ENGINE_SESSION, type EngineSession } from './engine-session'

export function useEngine(): EngineSession {
  const session = inject(ENGINE_SESSION)
  if (session === undefined) throw new Error('No engine session was provided to the app')
  return session
}
