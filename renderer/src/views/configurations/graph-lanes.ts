/** One row of a graph drawn beside a list: where its dot is, and which lines run through, into and out of the row. */
export interface LaneRow {
  readonly lane: number
  /** Lanes of values that pass from the row above to the row below. */
  readonly through: readonly number[]
  /** Lanes whose values end in this row's dot. */
  readonly into: readonly number[]
  /** Whether a later row reads this one. */
  readonly goesOn: boolean
}

interface GraphNode {
  readonly id: string
  readonly inputs: readonly string[]
}

/** Gives every value a lane from the row that makes it to the last that reads it; the first free lane, so that a chain stays in one. */
export function graphLanes(nodes: readonly GraphNode[]): LaneRow[] {
  const lastReader = new Map<string, number>()
  nodes.forEach(({ inputs }, row) => inputs.forEach((input) => lastReader.set(input, row)))
  const known = new Set(nodes.map(({ id }) => id))
  const lanes: (string | null)[] = []
  return nodes.map(({ id, inputs }, row) => {
    const into = inputs.filter((input) => known.has(input)).map((input) => lanes.indexOf(input))
    lanes.forEach((value, lane) => {
      if (value !== null && (lastReader.get(value) ?? -1) <= row) lanes[lane] = null
    })
    const free = lanes.indexOf(null)
    const own = into.filter((lane) => lanes[lane] === null)
    const lane = own.length > 0 ? Math.min(...own) : free === -1 ? lanes.length : free
    const through = lanes.flatMap((value, at) => (value === null || at === lane ? [] : [at]))
    const goesOn = (lastReader.get(id) ?? -1) > row
    lanes[lane] = goesOn ? id : null
    return { lane, through, into, goesOn }
  })
}
