import type { Graph } from '../../tensor/graph'
import type { Feed } from '../../tensor/session'
import type { Tensor } from '../../tensor/types'

/** Placeholders of a graph with the values that a replay feeds them. */
export class FeedList {
  readonly feeds: Feed[] = []

  constructor(private readonly graph: Graph) {}

  readonly float = (name: string, shape: readonly number[], data: Float32Array): Tensor => {
    const to = this.graph.placeholder(name, 'float32', shape)
    this.feeds.push({ to, dtype: 'float32', shape, data })
    return to
  }
}
