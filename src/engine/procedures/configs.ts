import type { RunSummary } from '../../contract/entities'
import { comparePublished } from '../compare-published'
import { readConfigText } from '../config-text'
import { readPresets } from '../presets'
import type { Group, ProcedureContext } from './context'

const PAGE = 500

export function configProcedures({ deps }: ProcedureContext): Group<'configs.presets' | 'configs.published' | 'configs.validate'> {
  return {
    'configs.presets': async () => ({ presets: await readPresets(deps.configsDir) }),
    async 'configs.published'() {
      const runs: RunSummary[] = []
      for (let page = await deps.store.runs.list({ limit: PAGE, before: null }); page.length > 0; page = await deps.store.runs.list({ limit: PAGE, before: page.at(-1)?.id ?? null }))
        runs.push(...page)
      return { results: comparePublished(await readPresets(deps.configsDir), runs) }
    },
    'configs.validate': ({ text }) => ({ issues: [...readConfigText(text).issues] }),
  }
}
