import { StudioError } from '../../contract/errors'
import { manifestIn } from '../../export/verify/integrity'
import { onnxFile } from '../../export/onnx/onnx-file'
import { readReference, writeReference } from '../../export/reference-file'
import { modelFromSafetensors, readSafetensors } from '../../export/safetensors-file'
import { verifyFile } from '../../export/verify/verify-file'
import { throughFile, written } from '../corpus-files'
import type { Parser } from '../parser'
import { repairSafetensors } from '../repair'
import { repairExportedOnnx, repairExportedSafetensors, repairExportedTfjs } from '../repair-exports'

/** A check without images: everything that is read before a model runs. A finding is an answer, so it has to end in one. */
const check = throughFile('model', async (file) => {
  const { verdict, problems } = await verifyFile({ kind: 'verify', file, expectedSha256: null, data: null, reference: null })
  if (verdict === 'wrong') throw new StudioError('DATA_CORRUPT', problems.join(' '))
})

/** Rebuilds the integer model of a file whose manifest can be read, and the ONNX file of it: what a check with images runs. */
function rebuild(input: Buffer): unknown {
  const parts = readSafetensors(input)
  const { manifest } = manifestIn({ metadata: parts.metadata, tensors: parts.tensors, rest: Buffer.from(parts.description) })
  if (manifest === null) throw new RangeError('it has no manifest')
  return onnxFile(modelFromSafetensors(parts, manifest), { ...manifest, appVersion: '' })
}

const studio = (error: unknown): boolean => error instanceof StudioError
const range = (error: unknown): boolean => error instanceof RangeError

/** Exported models, whose good inputs are saved, and logits beside them. */
export async function exportParsers(): Promise<Parser[]> {
  const info = { checkpointSha256: '0'.repeat(64), fileSha256: null, images: 2, classes: 3 }
  const logits = await written((file) => writeReference(file, Float32Array.of(1, 2, 3, 4, 5, 6), info))
  return [
    { name: 'exported ONNX', corpus: [], read: check, isTyped: studio, repair: repairExportedOnnx },
    {
      name: 'exported safetensors',
      corpus: [],
      read: async (input, scratch) => (await check(input, scratch), rebuild(input)),
      isTyped: (error) => studio(error) || range(error),
      repair: repairExportedSafetensors,
    },
    { name: 'exported TF.js', corpus: [], read: check, isTyped: studio, repair: repairExportedTfjs },
    { name: 'logits', corpus: [logits], read: throughFile('logits', readReference), isTyped: range, repair: repairSafetensors },
  ]
}
