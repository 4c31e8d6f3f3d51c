import { useCommand } from '../../engine/use-command'
import { useEngine } from '../../engine/use-engine'

/** Makes a configuration of the person's own out of any other. */
export function useConfigCopies() {
  const session = useEngine()
  const create = useCommand('configs.create')
  return {
    error: create.error,
    async duplicate(id: string): Promise<string | null> {
      const { name, text, draft } = await session.call('configs.get', { id })
      return (await create.run({ name: `${name} copy`.slice(0, 120), text: draft?.text ?? text }))?.id ?? null
    },
  }
}
