import { readConfigText } from '../../../src/config/config-text'
import { outlineOfText } from '../../../src/config/text-outline'
import type { ConfigDetail, ConfigPreview, ConfigSummary } from '../../../src/contract/configurations'
import { StudioError } from '../../../src/contract/errors'
import type { Handlers } from '../../../src/rpc/server-peer'

type ConfigHandlers = Pick<
  Handlers,
  | 'configs.list'
  | 'configs.get'
  | 'configs.create'
  | 'configs.save'
  | 'configs.rename'
  | 'configs.remove'
  | 'configs.restore'
  | 'configs.preview'
  | 'drafts.put'
  | 'drafts.get'
>

/** For tests only: configurations and drafts in memory, with the rules of the real ones. */
export class ScriptedConfigurations {
  readonly entries = new Map<string, ConfigDetail>()
  readonly removed = new Set<string>()
  readonly drafts = new Map<string, string>()
  preview: ConfigPreview = { network: null, issues: [], forecast: null }
  private nextId = 1

  add(id: string, text: string, name = id): ConfigDetail {
    const kind = id.startsWith('preset:') ? 'preset' : id.startsWith('run:') ? 'run' : 'own'
    const versions = kind === 'own' ? [{ version: 1, createdAt: 1_700_000_000_000, text }] : []
    const detail: ConfigDetail = { id, kind, name, text, draft: null, versions, uses: [] }
    this.entries.set(id, detail)
    return detail
  }

  private get(id: string): ConfigDetail {
    const found = this.entries.get(id)
    if (found === undefined) throw new StudioError('NOT_FOUND', `There is no configuration "${id}".`)
    const draft = this.drafts.get(id)
    return { ...found, draft: draft === undefined ? null : { text: draft, updatedAt: 1 } }
  }

  private summary({ id, kind, name, text, uses }: ConfigDetail): ConfigSummary {
    return {
      ...outlineOfText(text),
      id,
      kind,
      name,
      description: '',
      problems: readConfigText(text).issues.length,
      updatedAt: kind === 'own' ? 1_700_000_000_000 : null,
      hasDraft: this.drafts.has(id),
      useCount: uses.length,
      bestUse: uses[0] ?? null,
    }
  }

  handlers(): ConfigHandlers {
    return {
      'configs.list': () => ({ configs: [...this.entries.values()].filter(({ id }) => !this.removed.has(id)).map((one) => this.summary(one)) }),
      'configs.get': ({ id }) => this.get(id),
      'configs.create': ({ name, text }) => ({ id: this.add(`own:made0000000${String(this.nextId++)}`, text, name).id }),
      'configs.save': ({ id, text }) => {
        const { versions } = this.get(id)
        const version = versions.length + 1
        this.entries.set(id, { ...this.get(id), text, versions: [{ version, createdAt: 1_700_000_000_000 + version, text }, ...versions] })
        this.drafts.delete(id)
        return { version }
      },
      'configs.rename': ({ id, name }) => {
        this.entries.set(id, { ...this.get(id), name })
        return {}
      },
      'configs.remove': ({ id }) => {
        this.removed.add(id)
        return {}
      },
      'configs.restore': ({ id }) => {
        this.removed.delete(id)
        return {}
      },
      'configs.preview': () => this.preview,
      'drafts.put': ({ key, text }) => {
        if (text === null) this.drafts.delete(key)
        else this.drafts.set(key, text)
        return {}
      },
      'drafts.get': ({ key }) => ({ text: this.drafts.get(key) ?? null }),
    }
  }
}
