export interface SizedModel {
  readonly sizeBits: number
  /** Percent. */
  readonly top1: number
}

/** Which models are dominated: another one is no larger and no less accurate, and better in one of both. */
export function dominated(models: readonly SizedModel[]): boolean[] {
  return models.map((model) =>
    models.some((other) => other.sizeBits <= model.sizeBits && other.top1 >= model.top1 && (other.sizeBits < model.sizeBits || other.top1 > model.top1)),
  )
}
