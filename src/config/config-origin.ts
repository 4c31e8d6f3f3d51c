import { type TrainingConfig, ownKeys } from '../contract/training-config'
import { ownCompressionKeys } from '../contract/training-config/compression'
import { sharingProblem } from '../contract/training-config/replicas'
import type { Finding } from './config-issues'

/** Values that the NNCF sample does not know, by key path. */
const OWN_VALUES: Readonly<Record<string, readonly string[]>> = {
  model: ['resnet20'],
  dataset: ['fashion_mnist', 'mnist', 'folder'],
  'optimizer.schedule_type': ['cosine'],
  'compression.loss.type': ['hardware'],
}
const OWN_OPTIMIZER_KEYS = ['warmup_epochs']

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)
}

const sectionsOf = (value: Record<string, unknown>): Record<string, unknown>[] => [value['compression']].flat().filter(isObject)

/** Whether a configuration may come from the NNCF sample: it says nothing that only this program knows. */
export function isNncfSample(value: unknown): boolean {
  if (!isObject(value)) return false
  const optimizer = isObject(value['optimizer']) ? Object.keys(value['optimizer']) : []
  return (
    !Object.keys(ownKeys).some((key) => Object.hasOwn(value, key)) &&
    !sectionsOf(value).some((section) => Object.keys(ownCompressionKeys).some((key) => Object.hasOwn(section, key)) || at(section, 'loss.size_bytes') !== undefined) &&
    !optimizer.some((key) => OWN_OPTIMIZER_KEYS.includes(key)) &&
    !Object.entries(OWN_VALUES).some(([path, values]) => {
      const said = at(value, path)
      return typeof said === 'string' && values.includes(said.toLowerCase())
    })
  )
}

/** What the parsed configuration follows: what it says itself, else the original for a file of the sample and this program's own way for others. */
export const originOf = (value: unknown): TrainingConfig['compatibility'] => (isNncfSample(value) ? 'nncf' : 'studio')

/** Keys of the section that `quantization`, which learns no widths, does not have (spec 2.3): the schema alone cannot tell. */
export function misplacedKeys(value: unknown): Finding[] {
  const section = at(value, 'compression')
  const entries = Array.isArray(section)
    ? section.map((entry, index) => ({ entry: entry as unknown, path: ['compression', index] }))
    : [{ entry: section, path: ['compression'] }]
  return entries.flatMap(({ entry, path }) => {
    if (!isObject(entry) || entry['algorithm'] !== 'quantization') return []
    return ['freeze_epoch', 'loss'].flatMap((key): Finding[] => {
      if (!Object.hasOwn(entry, key)) return []
      const message = `There is no such key in "quantization", which keeps its widths. Remove it, or choose the algorithm "fracbits_quantization".`
      return [{ path: [...path, key], onKey: true, message }]
    })
  })
}

/** A batch is shared equally, and by more than one GPU: the schema alone cannot tell. */
export function unsharableBatch({ batch_size, replicas = 1, gpu_id, cpu_only }: TrainingConfig): Finding[] {
  const problem = sharingProblem(batch_size, replicas)
  const findings: Finding[] = problem === null ? [] : [{ path: ['replicas'], onKey: false, message: problem }]
  if (replicas === 1 || gpu_id === undefined || cpu_only === true) return findings
  return [...findings, { path: ['gpu_id'], onKey: true, message: `gpu_id names one GPU, and replicas asks for ${String(replicas)}. Remove one of the two.` }]
}

/** A budget by a table needs the table: the schema alone cannot tell. */
export function missingKeys(value: unknown): Finding[] {
  const section = at(value, 'compression')
  if (!isObject(section) || at(section, 'loss.type') !== 'hardware' || Object.hasOwn(section, 'hardware') || Object.hasOwn(section, 'hardware_table')) return []
  const message = 'A budget of the type "hardware" needs compression.hardware, the name of a device such as "int4-int8". Add it.'
  return [{ path: ['compression', 'loss', 'type'], onKey: false, message }]
}
