import { readConfigText } from '../../config/config-text'
import { trainImagesOf } from '../../config/dataset-knowledge'
import type { ConfigPreview } from '../../contract/configurations'
import type { RunSummary } from '../../contract/entities'
import { toErrorShape } from '../../contract/errors'
import type { TrainingConfig } from '../../contract/training-config'
import { comparePublished } from '../compare-published'
import { createConfigurations } from '../configurations'
import { forecastCost } from '../cost-forecast'
import { withHardwareTable } from '../hardware-tables'
import { readPresets } from '../presets'
import type { Group, ProcedureContext } from './context'

const PAGE = 500

type ConfigMethods =
  | 'configs.presets'
  | 'configs.published'
  | 'configs.validate'
  | 'configs.list'
  | 'configs.get'
  | 'configs.create'
  | 'configs.save'
  | 'configs.rename'
  | 'configs.remove'
  | 'configs.restore'
  | 'configs.preview'

export function configProcedures({ deps, newId, now }: ProcedureContext): Group<ConfigMethods> {
  const { store, configsDir, describeNetwork } = deps
  const configurations = createConfigurations({ store, configsDir, newId, now })

  async function preview(written: TrainingConfig): Promise<ConfigPreview> {
    try {
      const config = await withHardwareTable(written, configsDir)
      const network = describeNetwork(config)
      const macsOf = (other: TrainingConfig): number => describeNetwork(other).macs
      const forecast = forecastCost(config, await store.runCosts.ofModel(config.model), macsOf, trainImagesOf(config))
      return { network, issues: [], forecast }
    } catch (error) {
      const { code, message, issues } = toErrorShape(error)
      if (code !== 'CONFIG_INVALID') throw error
      return { network: null, issues: issues ?? [{ path: '', message }], forecast: null }
    }
  }

  return {
    'configs.presets': async () => ({ presets: await readPresets(configsDir) }),
    async 'configs.published'() {
      const runs: RunSummary[] = []
      for (let page = await store.runs.list({ limit: PAGE, before: null }); page.length > 0; page = await store.runs.list({ limit: PAGE, before: page.at(-1)?.id ?? null }))
        runs.push(...page)
      return { results: comparePublished(await readPresets(configsDir), runs) }
    },
    'configs.validate': ({ text }) => ({ issues: [...readConfigText(text).issues] }),
    'configs.list': async () => ({ configs: await configurations.list() }),
    'configs.get': ({ id }) => configurations.get(id),
    'configs.create': async ({ name, text }) => ({ id: await configurations.create(name, text) }),
    'configs.save': async ({ id, text }) => ({ version: await configurations.save(id, text) }),
    async 'configs.rename'({ id, name }) {
      await configurations.rename(id, name)
      return {}
    },
    async 'configs.remove'({ id }) {
      await configurations.setRemoved(id, true)
      return {}
    },
    async 'configs.restore'({ id }) {
      await configurations.setRemoved(id, false)
      return {}
    },
    async 'configs.preview'({ text }) {
      const { config, issues } = readConfigText(text)
      return config === null ? { network: null, issues: [...issues], forecast: null } : preview(config)
    },
  }
}
