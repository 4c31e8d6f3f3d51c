import type { ApplicationSettings, SettingsChange } from '../../src/contract/native'
import { feedProblem } from '../../src/contract/updates'
import { StudioError } from '../../src/contract/errors'
import type { Updates } from './updates/updates'
import type { WindowStateFile } from './window-state'

/** Where new versions are looked for: the environment's word counts before the person's. */
export interface Feed {
  /** Empty where there is none that can be used. */
  readonly address: string
  readonly isFixed: boolean
  /** What is wrong with the one that was given. */
  readonly problem: string | null
}

export function chosenFeed(env: Readonly<Record<string, string | undefined>>, remembered: string): Feed {
  const fixed = env.FRACBITS_UPDATE_FEED ?? ''
  const given = fixed === '' ? remembered : fixed
  const problem = given === '' ? null : feedProblem(given)
  return { address: problem === null ? given : '', isFixed: fixed !== '', problem: problem === null ? null : `${given}: ${problem}` }
}

export interface SettingsDeps {
  readonly state: WindowStateFile
  readonly updates: Updates
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** What was chosen shows elsewhere, too. */
  onChange(): void
}

/** The settings of the application as the page sees and changes them. */
export class Settings {
  constructor(private readonly deps: SettingsDeps) {}

  get(): ApplicationSettings {
    const { state, updates, version } = this.deps
    const { whenClosing, checkAtStart, updateFeed } = state.get()
    const feed = chosenFeed(this.deps.env, updateFeed)
    return {
      whenClosing,
      checkAtStart,
      updateFeed: feed.address,
      isFeedFixed: feed.isFixed,
      version,
      update: updates.state,
      updateProblem: feed.problem ?? updates.problem,
    }
  }

  /** Throws BAD_INPUT or CONFLICT with a sentence, and then nothing has changed. */
  change(change: SettingsChange): ApplicationSettings {
    const { state, updates } = this.deps
    const feed = change.updateFeed?.trim()
    const isOther = feed !== undefined && feed !== state.get().updateFeed
    if (isOther) {
      if (this.get().isFeedFixed) throw new StudioError('CONFLICT', 'The feed is set by FRACBITS_UPDATE_FEED in the environment. Change it there.')
      const problem = feed === '' ? null : feedProblem(feed)
      if (problem !== null) throw new StudioError('BAD_INPUT', problem)
      if (!updates.isAtRest) throw new StudioError('CONFLICT', 'An update is under way. Change the feed when it is done.')
    }
    const { whenClosing, checkAtStart } = change
    state.update({
      ...(whenClosing === undefined ? {} : { whenClosing }),
      ...(checkAtStart === undefined ? {} : { checkAtStart }),
      ...(isOther ? { updateFeed: feed } : {}),
    })
    if (isOther) updates.feedChanged()
    this.deps.onChange()
    return this.get()
  }
}
