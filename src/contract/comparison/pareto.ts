export interface PricedModel {
  /** Bits, bit operations or seconds: less is better. */
  readonly cost: number
  /** Percent. */
  readonly top1: number
}

/** Which models are dominated: another one costs no more and is no less accurate, and is better in one of both. */
export function dominated(models: readonly PricedModel[]): boolean[] {
  return models.map((model) => models.some((other) => other.cost <= model.cost && other.top1 >= model.top1 && (other.cost < model.cost || other.top1 > model.top1)))
}
