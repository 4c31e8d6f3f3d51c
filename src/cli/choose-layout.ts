import type { EngineClient } from '../contract/engine-client'
import type { DatasetLayout, SplitFolder } from '../contract/dataset-entities'
import { StudioError } from '../contract/errors'

/** How a folder is to be read: as asked for, or the only way there is. Rejects with DATA_MISSING, or BAD_INPUT when it has to be said. */
export async function chooseLayout(
  client: EngineClient,
  given: string,
  layout: DatasetLayout | undefined,
): Promise<{ readonly folder: string; readonly layout: DatasetLayout; readonly splits: SplitFolder[] }> {
  const { folder, choices, certain, problem } = await client.call('data.recognise', { folder: given })
  const [first] = choices
  if (first === undefined) throw new StudioError('DATA_MISSING', problem ?? `No data set was found in ${given}.`)
  const wanted = layout === undefined ? first : choices.find((choice) => choice.layout === layout)
  const ways = choices.map((choice) => `--layout ${choice.layout} (${choice.title}: ${choice.detail})`).join(', or ')
  if (wanted === undefined) throw new StudioError('BAD_INPUT', `${folder} cannot be read as ${String(layout)}. Use ${ways}.`)
  if (layout === undefined && !certain) throw new StudioError('BAD_INPUT', `${folder} can be read in more than one way. Use ${ways}.`)
  return { folder, layout: wanted.layout, splits: wanted.splits }
}
