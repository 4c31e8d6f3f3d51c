/** A reader of strangers' files, as it is tried. */
export interface Parser {
  readonly name: string
  /** Good inputs and those that once went wrong; what is tried is made of these. */
  readonly corpus: readonly Buffer[]
  /** Reads one input and uses all it gives. `scratch` is a folder of this process. */
  read(input: Buffer, scratch: string): unknown
  /** Whether an error says what is wrong with the file, as opposed to a defect of the parser. */
  isTyped(error: unknown): boolean
  /** Makes an input pass its checksums again. */
  readonly repair?: (input: Buffer) => Buffer
}

/** What the parent reads about each parser: how far it got and what went wrong. */
export type FuzzMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'crash'; readonly index: number; readonly error: string }
  | { readonly type: 'slow'; readonly index: number; readonly milliseconds: number }
  | { readonly type: 'large'; readonly index: number; readonly bytes: number }
  | { readonly type: 'done'; readonly typed: number; readonly accepted: number }
