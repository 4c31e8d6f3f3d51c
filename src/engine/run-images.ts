import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { StudioError } from '../contract/errors'
import type { RunStatus } from '../contract/entities'
import type { Store } from '../store/store'
import type { EventHub } from './event-hub'

/** A folder with images as it was given. Rejects with BAD_INPUT where it is no full path, and with DATA_MISSING where there is no such folder. */
export async function imageFolder(given: string): Promise<string> {
  if (!isAbsolute(given)) throw new StudioError('BAD_INPUT', `The data folder must be given by its full path; "${given}" is not one.`)
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new StudioError('DATA_MISSING', `The data folder ${given} does not exist. Choose the folder that holds the images.`)
  return given
}

const AT_REST: readonly RunStatus[] = ['stopped', 'interrupted', 'failed', 'finished']

/**
 * Says where a run's images are on this machine: of an imported run, or because they were moved. Whether they are the same ones is noticed by who
 * reads them. Rejects as {@link imageFolder}, and with CONFLICT for a run that waits or trains.
 */
export async function setRunImages({ store, hub }: { readonly store: Store; readonly hub: EventHub }, runId: string, given: string): Promise<void> {
  const { status, name } = await store.runs.get(runId)
  if (!AT_REST.includes(status)) throw new StudioError('CONFLICT', `"${name}" is ${status}. Stop it first, then say where its images are.`)
  const dataDir = await imageFolder(given)
  await store.transaction((transaction) => store.runs.update(transaction, runId, { dataDir }))
  hub.publish({ type: 'annotated', runId, gone: false })
}
