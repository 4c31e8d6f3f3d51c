import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readConfigText } from '../config/config-text'
import { outlineOfText } from '../config/text-outline'
import type { ConfigDetail, ConfigSummary, ConfigUse } from '../contract/configurations'
import { StudioError } from '../contract/errors'
import type { Store } from '../store/store'
import { readPresets } from './presets'

/** Runs whose configuration is listed. */
const MAX_RUNS_LISTED = 200

export interface ConfigurationDeps {
  readonly store: Store
  readonly configsDir: string
  readonly newId: () => string
  readonly now: () => number
}

/** The use with the best accuracy, else the newest. */
const bestOf = (uses: readonly ConfigUse[]): ConfigUse | null =>
  uses.reduce<ConfigUse | null>((best, use) => (best === null || (use.top1 ?? -1) > (best.top1 ?? -1) ? use : best), null)

/** The text a run was started with; where its folder is gone, what the database kept of it. */
async function textOfRun(folder: string, config: unknown): Promise<string> {
  return readFile(join(folder, 'config.json'), 'utf8').catch(() => JSON.stringify(config, null, 2))
}

/** Presets, the person's own configurations and those of past runs, behind one kind of id. */
export function createConfigurations({ store, configsDir, newId, now }: ConfigurationDeps) {
  const ownId = (id: string): string => {
    const [kind, key = ''] = id.split(':')
    if (kind === 'own') return key
    throw new StudioError('BAD_INPUT', 'Shipped configurations and those of runs are read only. Duplicate it, and edit the copy.')
  }

  const summary = (
    base: Pick<ConfigSummary, 'id' | 'kind' | 'name' | 'description' | 'updatedAt' | 'hasDraft'>,
    text: string,
    uses: readonly ConfigUse[],
  ): ConfigSummary => ({
    ...base,
    ...outlineOfText(text),
    problems: readConfigText(text).issues.length,
    useCount: uses.length,
    bestUse: bestOf(uses),
  })

  async function detailOf(id: string): Promise<Pick<ConfigDetail, 'kind' | 'name' | 'text' | 'versions'>> {
    const [kind, key = ''] = id.split(':')
    if (kind === 'preset') {
      const preset = (await readPresets(configsDir)).find(({ name }) => name === key)
      if (preset === undefined) throw new StudioError('NOT_FOUND', `There is no shipped configuration "${key}".`)
      return { kind, name: preset.title, text: preset.text, versions: [] }
    }
    if (kind === 'run') {
      const run = await store.runs.get(key)
      return { kind, name: run.name, text: await textOfRun(run.folder, run.config), versions: [] }
    }
    const { name, text } = await store.configurations.get(key)
    return { kind: 'own', name, text, versions: await store.configurations.versions(key) }
  }

  return {
    async list(): Promise<ConfigSummary[]> {
      const [presets, own, runs, uses, drafts] = await Promise.all([
        readPresets(configsDir),
        store.configurations.list(),
        store.runs.list({ limit: MAX_RUNS_LISTED, before: null }),
        store.configurationUses.all(),
        store.drafts.keys(),
      ])
      const of = (id: string): ConfigUse[] => uses.get(id) ?? []
      return [
        ...presets.map(({ name, title, description, text }) => {
          const id = `preset:${name}`
          return summary({ id, kind: 'preset', name: title, description, updatedAt: null, hasDraft: false }, text, of(id))
        }),
        ...own.map(({ id: key, name, text, updatedAt }) => {
          const id = `own:${key}`
          return summary({ id, kind: 'own', name, description: '', updatedAt, hasDraft: drafts.has(id) }, text, of(id))
        }),
        ...runs.map(({ id, name, status, model, dataset, targetRate, createdAt, result }): ConfigSummary => {
          const mixed = result?.rows.find(({ kind }) => kind === 'mixed')
          const use = { runId: id, name, status, createdAt, top1: mixed?.top1 ?? null, rate: mixed?.rate ?? null }
          const base = { id: `run:${id}`, kind: 'run', name, description: '', updatedAt: createdAt, hasDraft: false } as const
          return { ...base, model, dataset, targetRate, problems: 0, useCount: 1, bestUse: use }
        }),
      ]
    },

    async get(id: string): Promise<ConfigDetail> {
      const [detail, draft, uses] = await Promise.all([detailOf(id), store.drafts.get(id), store.configurationUses.of(id)])
      return { id, ...detail, draft, uses }
    },

    async create(name: string, text: string): Promise<string> {
      const id = newId()
      await store.transaction((t) => store.configurations.insert(t, { id, name, text, createdAt: now() }))
      return `own:${id}`
    },

    async save(id: string, text: string): Promise<number> {
      const key = ownId(id)
      const saved = await store.configurations.get(key)
      return store.transaction(async (t) => {
        await store.drafts.remove(t, id)
        return saved.text === text ? saved.version : store.configurations.addVersion(t, key, text, now())
      })
    },

    async rename(id: string, name: string): Promise<void> {
      await store.transaction((t) => store.configurations.rename(t, ownId(id), name))
    },

    async setRemoved(id: string, removed: boolean): Promise<void> {
      await store.transaction((t) => store.configurations.setRemoved(t, ownId(id), removed ? now() : null))
    },
  }
}
