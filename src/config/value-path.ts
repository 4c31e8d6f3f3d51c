export type ValuePath = (string | number)[]

const isObject = (value: unknown): value is Record<string | number, unknown> => typeof value === 'object' && value !== null

/** What stands at a path; undefined where nothing does. */
export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), value)
}

/** The path of a key in a text that may write a section as a list of one (`input_info`, `compression`). */
export function placeOf(value: unknown, keys: readonly string[]): ValuePath {
  let at: unknown = value
  return keys.flatMap((key): ValuePath => {
    const place: ValuePath = Array.isArray(at) ? [0, key] : [key]
    at = valueAt(at, place)
    return place
  })
}
