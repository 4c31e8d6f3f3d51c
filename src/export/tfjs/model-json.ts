import { z } from 'zod'

/** The file that `tf.loadGraphModel` is given the address of. */
export const MODEL_FILE = 'model.json'

/** Element types of GraphDef that the graph uses. */
export type DataType = 'DT_FLOAT' | 'DT_INT32'

/** An attribute of a node in GraphDef's JSON form; texts are base64, integers are texts. */
export type Attribute =
  | { readonly type: DataType }
  | { readonly s: string }
  | { readonly b: boolean }
  | { readonly i: string }
  | { readonly list: { readonly i: readonly string[] } }
  | { readonly shape: { readonly dim: readonly { readonly size: string }[] } }
  | { readonly tensor: { readonly dtype: DataType; readonly tensorShape: { readonly dim: readonly { readonly size: string }[] } } }

/** NodeDef. */
export interface GraphNode {
  readonly name: string
  readonly op: string
  readonly input: readonly string[]
  readonly attr: Readonly<Record<string, Attribute>>
}

const Size = z.int().min(0)

/** One tensor of the weights' files: its values are as stored, or `stored * scale + min` where they are quantized. */
export const WeightEntry = z.strictObject({
  name: z.string(),
  shape: z.array(Size),
  dtype: z.enum(['float32', 'int32']),
  quantization: z.exactOptional(z.strictObject({ dtype: z.enum(['uint8', 'uint16']), scale: z.number(), min: z.number(), original_dtype: z.literal('float32') })),
})
export type WeightEntry = z.infer<typeof WeightEntry>

export const elementsOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

/** Bytes that a tensor takes in the weights' files. */
export const bytesOfEntry = ({ shape, quantization }: WeightEntry): number =>
  elementsOf(shape) * (quantization === undefined ? 4 : quantization.dtype === 'uint8' ? 1 : 2)

/** `model.json` of a graph model, as `tf.loadGraphModel` reads it. What else stands in it is kept as it is. */
export const ModelJson = z.looseObject({
  format: z.literal('graph-model'),
  modelTopology: z.looseObject({ node: z.array(z.looseObject({ name: z.string(), op: z.string() })) }),
  signature: z.looseObject({}),
  userDefinedMetadata: z.record(z.string(), z.string()),
  weightsManifest: z.array(z.strictObject({ paths: z.array(z.string()).refine((paths) => new Set(paths).size === paths.length), weights: z.array(WeightEntry) })).length(1),
})
export type ModelJson = z.infer<typeof ModelJson>
