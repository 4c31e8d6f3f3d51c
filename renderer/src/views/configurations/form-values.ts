import { type Field, fieldsOf } from '../../../../src/config/schema-fields'
import { placeOf, valueAt } from '../../../../src/config/value-path'
import { TrainingConfig } from '../../../../src/contract/training-config'

/** Every key that one control can show, by its path. */
function leaves(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => (field.shape.kind === 'group' ? leaves(field.shape.fields) : [field]))
}
export const LEAVES: readonly Field[] = leaves(fieldsOf(TrainingConfig))
const BY_PATH = new Map(LEAVES.map((field) => [field.path.join('.'), field]))

/** What a text says, key by key; the form shows the last text whose syntax was sound. */
export interface FormValues {
  /** As written; undefined where the text says nothing. */
  given(path: readonly string[]): unknown
  /** As written, else the default. */
  effective(path: string): unknown
}

export function formValuesOf(value: unknown): FormValues {
  const given = (path: readonly string[]): unknown => valueAt(value, placeOf(value, path))
  return {
    given,
    effective: (path) => given(path.split('.')) ?? BY_PATH.get(path)?.defaultValue,
  }
}
