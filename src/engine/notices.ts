import type { Restoration } from '../store/restoration'

/** What a person has to know about the opening of a workspace, or null. */
export function noticeOf(restoration: Restoration | null): string | null {
  if (restoration === null) return null
  const { backup, damagedFile } = restoration
  const taken = new Date(backup.takenAt).toLocaleString()
  return `The database of this workspace was damaged. It was replaced by its copy of ${taken}; what was recorded after that is missing. The damaged file is kept as ${damagedFile}.`
}
