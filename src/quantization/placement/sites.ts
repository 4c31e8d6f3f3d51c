import { evaluatedLayers } from '../../models/evaluated-network'
import type { NetworkDefinition } from '../../models/layers'
import { inputPoint, LOGITS_READER, outputPoint, type QuantizationPoint, weightPoint } from '../quantizer-spec'
import type { PlacedActivation } from './activation-placement'
import type { Operation, Slot } from './operation-graph'
import type { PlacedWeight } from './weight-placement'

export interface WeightSite {
  readonly point: QuantizationPoint
  readonly weight: PlacedWeight
}

export interface ActivationSite {
  readonly point: QuantizationPoint
  readonly activation: PlacedActivation
}

/** A point with what was placed there. */
export type Site = WeightSite | ActivationSite

/** Points are numbered as they are added. */
class SiteList {
  readonly sites: Site[] = []
  private readonly position: ReadonlyMap<Operation, number>

  constructor(
    operations: readonly Operation[],
    private readonly activations: readonly PlacedActivation[],
    private readonly weights: readonly PlacedWeight[],
  ) {
    this.position = new Map(operations.map((operation, i) => [operation, i]))
  }

  addWeight(id: string): void {
    const weight = this.weights.find(({ layer }) => layer.id === id)
    if (!weight) return
    const node = weight.layer.scope
    this.sites.push({
      weight,
      point: { id: weightPoint(id), layer: id, node, nncfId: `${node}|WEIGHT`, order: this.sites.length, quantizes: [node] },
    })
  }

  addInputs(operation: Operation): void {
    const reader = operation.layers[0]?.id ?? LOGITS_READER
    operation.producers.forEach((producer, port) =>
      this.addActivation({ operation, port }, { id: inputPoint(reader, port), layer: producer.value, node: operation.node }),
    )
  }

  addOutput(operation: Operation): void {
    this.addActivation({ operation, port: null }, { id: outputPoint(operation.value), layer: operation.value, node: operation.outputNode })
  }

  private addActivation(slot: Slot, place: Pick<QuantizationPoint, 'id' | 'layer' | 'node'>): void {
    const activation = this.activations.find(({ at }) => at.operation === slot.operation && at.port === slot.port)
    if (!activation) return
    const quantizes = [...activation.sinks].sort((a, b) => (this.position.get(a) ?? 0) - (this.position.get(b) ?? 0)).map(({ node }) => node)
    const nncfId = `${place.node}|${slot.port === null ? 'OUTPUT' : `INPUT${slot.port}`}`
    this.sites.push({ activation, point: { ...place, nncfId, order: this.sites.length, quantizes } })
  }
}

/** All points in the order in which the network runs them: a layer's weight, then quantizers at its inputs, then the one at its output. */
export function sitesInOrder(
  network: NetworkDefinition,
  operations: readonly Operation[],
  activations: readonly PlacedActivation[],
  weights: readonly PlacedWeight[],
): Site[] {
  const list = new SiteList(operations, activations, weights)
  const starts = new Map(operations.map((operation) => [operation.layers[0]?.id, operation]))
  const ends = new Map(operations.map((operation) => [operation.layers.at(-1)?.id, operation]))
  for (const operation of operations) if (operation.kind === 'input') list.addOutput(operation)
  for (const { id } of evaluatedLayers(network)) {
    list.addWeight(id)
    const starting = starts.get(id)
    if (starting) list.addInputs(starting)
    const ending = ends.get(id)
    if (ending) list.addOutput(ending)
  }
  for (const operation of operations) if (operation.kind === 'output') list.addInputs(operation)
  return list.sites
}
