import { readConfigText } from '../config-text'
import { readPresets } from '../presets'
import type { Group, ProcedureContext } from './context'

export function configProcedures({ deps }: ProcedureContext): Group<'configs.presets' | 'configs.validate'> {
  return {
    'configs.presets': async () => ({ presets: await readPresets(deps.configsDir) }),
    'configs.validate': ({ text }) => ({ issues: [...readConfigText(text).issues] }),
  }
}
