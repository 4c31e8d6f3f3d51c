import { z } from 'zod'
import { ModelName } from '../../contract/models'
import { placeQuantizers } from '../../quantization/placement'
import { FamilyChecker, type FamilyReport, parseFixture } from './fixture'
import { compareComputed } from './placement-computed'
import { PlacementFile, VariantsFile } from './placement-file'
import { comparePoints, recordedNetwork } from './placement-points'
import { compareVariant } from './placement-variants'

/**
 * Replays one `placement/<model>.json`, where quantizers sit, their ranges after initialisation, logits and gradients with them,
 * or `placement/variants.json`, where they sit under other configurations. Null for a model that is not there.
 */
export function replayPlacement(text: string, file: string): FamilyReport | null {
  const kind = parseFixture(z.object({ model: z.string().optional() }), text, file)
  if (kind.model === undefined) return replayVariants(text, file)
  const model = ModelName.safeParse(kind.model)
  if (!model.success) return null
  const recorded = parseFixture(PlacementFile, text, file)
  const checker = new FamilyChecker(`placement/${recorded.model}`)
  const network = recordedNetwork(model.data, recorded.config_used, recorded.image_size)
  const specs = placeQuantizers(network, recorded.config_used.compression, recorded.config_used)
  comparePoints(checker, recorded, specs)
  compareComputed(checker, recorded, network, specs)
  return checker.report()
}

function replayVariants(text: string, file: string): FamilyReport {
  const checker = new FamilyChecker('placement/variants')
  for (const variant of parseFixture(VariantsFile, text, file).variants) compareVariant(checker, variant)
  return checker.report()
}
