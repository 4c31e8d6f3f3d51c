import type { Action } from '../stores/actions'

/** How well a query matches: every word must begin a word of the text (best) or lie in it; null where one does not. */
function score(text: string, query: string): number | null {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const lower = text.toLowerCase()
  let sum = 0
  for (const word of words) {
    const at = lower.indexOf(word)
    if (at === -1) return null
    const startsWord = lower.split(/[\s:/_-]+/).some((part) => part.startsWith(word))
    sum += (startsWord ? 100 : 10) - Math.min(9, at / 10)
  }
  return sum
}

/** The actions that a query means, best first; without one, all as they come. */
export function rankActions(actions: readonly Action[], query: string): Action[] {
  const scored = actions.flatMap((action, index) => {
    const found = score(`${action.label} ${action.group}`, query)
    return found === null ? [] : [{ action, found, index }]
  })
  return scored.sort((a, b) => b.found - a.found || a.index - b.index).map(({ action }) => action)
}
