import { inject, type InjectionKey } from 'vue'
import type { useRunListFeed } from './use-run-list'

export type RunListFeed = ReturnType<typeof useRunListFeed>
export const RUN_LIST_FEED: InjectionKey<RunListFeed> = Symbol('run list feed')

/** The one feed that the app's frame keeps open. */
export function useSharedRunListFeed(): RunListFeed {
  const feed = inject(RUN_LIST_FEED)
  if (feed === undefined) throw new Error('The run list feed was not provided')
  return feed
}
