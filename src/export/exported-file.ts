import type { ExportFormat, FileSize } from '../contract/exports'
import type { IntegerModel } from './integer-model'
import { type Provenance, storedCodeBytes } from './manifest'
import { onnxFile, qonnxFile } from './onnx/onnx-file'
import { safetensorsFile } from './safetensors-file'
import { tfjsFile } from './tfjs/tfjs-file'

const WRITERS: Readonly<Record<ExportFormat, (model: IntegerModel, provenance: Provenance) => Uint8Array>> = {
  onnx: onnxFile,
  qonnx: qonnxFile,
  safetensors: safetensorsFile,
  tfjs: tfjsFile,
}

/** The integer model as a file, with the size that it has there. */
export function exportedFile(model: IntegerModel, format: ExportFormat, provenance: Provenance): { bytes: Uint8Array; size: FileSize } {
  const bytes = WRITERS[format](model, provenance)
  const weights = [...model.weights.values()]
  const sum = (of: (count: number, bits: number) => number): number => weights.reduce((total, { codes, bits }) => total + of(codes.length, bits), 0)
  const payloadBits = sum((count, bits) => count * bits)
  return {
    bytes,
    size: {
      sizeBytes: bytes.length,
      payloadBits,
      payloadBytes: sum((count, bits) => storedCodeBytes(format, count, bits)),
      rate: sum((count) => 8 * count) / payloadBits,
    },
  }
}
