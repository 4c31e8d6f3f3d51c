import { codeBits } from '../bit-planes'
import { Manifest, MANIFEST_HASH_KEY, MANIFEST_KEY, sha256, storedCodeBytes } from '../manifest'
import type { FileParts } from '../onnx/read-onnx'

/** Manifest of a file, or why there is none that can be trusted. */
export function manifestIn({ metadata }: FileParts): { manifest: Manifest | null; problems: string[] } {
  const text = metadata[MANIFEST_KEY]
  if (text === undefined)
    return { manifest: null, problems: ['It holds no manifest: it was not exported by FracBits Studio, or its metadata was taken out.'] }
  const problems =
    sha256(text) === metadata[MANIFEST_HASH_KEY] ? [] : ['Its manifest was changed: the sha256 of the manifest differs from the one beside it.']
  let json: unknown = null
  try {
    json = JSON.parse(text)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  const parsed = Manifest.safeParse(json)
  if (!parsed.success) return { manifest: null, problems: [...problems, 'Its manifest cannot be read: it is damaged, or of a newer version.'] }
  return { manifest: parsed.data, problems }
}

/** Every way in which tensors and nodes are not what the manifest says, a sentence each. */
export function integrityProblems(parts: FileParts, manifest: Manifest): string[] {
  const actual = new Map([...parts.tensors].map(([name, bytes]) => [name, sha256(bytes)]))
  const expected = new Map(Object.entries(manifest.tensors))
  const missing = [...expected.keys()].filter((name) => !actual.has(name)).map((name) => `The tensor ${name} is missing.`)
  const added = [...actual.keys()].filter((name) => !expected.has(name)).map((name) => `The tensor ${name} does not belong in it.`)
  const changed = [...expected].filter(([name, hash]) => actual.has(name) && actual.get(name) !== hash).map(([name]) => name)
  const graph = sha256(parts.rest) === manifest.rest ? [] : ['Something beside weights and metadata was changed: operators, shapes or types.']
  const sizes = manifest.weights.flatMap(({ layer, tensor, elements, bits, kernelBits = null }) => {
    const found = parts.tensors.get(tensor)?.length
    const wanted = storedCodeBytes(manifest.format, elements, bits, kernelBits)
    return found === undefined || found === wanted
      ? []
      : [`The weights of ${layer} take ${String(found)} bytes; ${String(elements)} weights ${kernelBits === null ? `of ${String(bits)} bits` : `with ${String(codeBits(elements, bits, kernelBits))} bits in all`} take ${String(wanted)}.`]
  })
  const problems = [...missing, ...added, ...changedTensors(changed, actual, expected), ...graph, ...sizes]
  return problems.length > 0 ? problems : [...(parts.envelope ?? [])]
}

/** Changed tensors, those that have only changed places as pairs. */
function changedTensors(changed: readonly string[], actual: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>): string[] {
  const told = new Set<string>()
  return changed.flatMap((name) => {
    if (told.has(name)) return []
    told.add(name)
    const other = changed.find(
      (candidate) => !told.has(candidate) && actual.get(name) === expected.get(candidate) && actual.get(candidate) === expected.get(name),
    )
    if (other === undefined) return [`The tensor ${name} was changed: its sha256 differs from the manifest's.`]
    told.add(other)
    return [`The tensors ${name} and ${other} have changed places.`]
  })
}
