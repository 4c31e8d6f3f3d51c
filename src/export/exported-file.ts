import type { ExportFormat, FileSize } from '../contract/exports'
import { codeBits } from './bit-planes'
import type { IntegerModel, IntegerWeight } from './integer-model'
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
  const sum = (of: (weight: IntegerWeight) => number): number => weights.reduce((total, weight) => total + of(weight), 0)
  const payloadBits = sum(({ codes, bits, kernelBits }) => codeBits(codes.length, bits, kernelBits))
  return {
    bytes,
    size: {
      sizeBytes: bytes.length,
      payloadBits,
      payloadBytes: sum(({ codes, bits, kernelBits }) => storedCodeBytes(format, codes.length, bits, kernelBits)),
      rate: sum(({ codes }) => 8 * codes.length) / payloadBits,
    },
  }
}
