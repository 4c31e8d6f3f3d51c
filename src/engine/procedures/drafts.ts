import type { Group, ProcedureContext } from './context'

export function draftProcedures({ deps: { store }, now }: ProcedureContext): Group<'drafts.put' | 'drafts.get'> {
  return {
    async 'drafts.put'({ key, text }) {
      await store.transaction((t) => (text === null ? store.drafts.remove(t, key) : store.drafts.put(t, key, { text, updatedAt: now() })))
      return {}
    },
    async 'drafts.get'({ key }) {
      return { text: (await store.drafts.get(key))?.text ?? null }
    },
  }
}
