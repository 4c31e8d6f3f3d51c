/** Memory that tensors look into. */
export class StorageReference {
  constructor(
    readonly dtype: ElementType,
    readonly key: string,
    /** Elements. */
    readonly length: number,
  ) {}
}

/** A view of a storage. */
export class TensorReference {
  constructor(
    readonly storage: StorageReference,
    /** In elements. */
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

export const ELEMENT_BYTES = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 } as const
export type ElementType = keyof typeof ELEMENT_BYTES
