import { z } from 'zod'

/** Every error that crosses a process boundary or ends a command carries one of these codes. */
export const ERROR_CODES = [
  'BAD_INPUT',
  'UNKNOWN_METHOD',
  'NOT_FOUND',
  'CONFLICT',
  'CONFIG_INVALID',
  'DATA_MISSING',
  'DATA_CORRUPT',
  'CHECKPOINT_MISMATCH',
  'CHECKPOINT_CORRUPT',
  'DISK_FULL',
  'DIVERGED',
  'RUNTIME_MISSING',
  'TRAINER_GONE',
  'ENGINE_GONE',
  'PROTOCOL_MISMATCH',
  'DATABASE_NEWER',
  'DATABASE_CORRUPT',
  'WORKSPACE_LOCKED',
  'CANCELLED',
  'INTERNAL',
] as const

export const ErrorCode = z.enum(ERROR_CODES)
export type ErrorCode = z.infer<typeof ErrorCode>

/** One finding about a configuration: where it is, what stands there, what would be accepted. */
export const ConfigIssue = z.object({
  /** Key path such as `compression.loss.alpha`; empty for the whole document. */
  path: z.string(),
  message: z.string(),
  /** What was found, as short JSON; absent when the key is missing. */
  found: z.string().optional(),
  /** What is allowed, in words. */
  allowed: z.string().optional(),
  /** 1-based position in the text the configuration was read from. */
  line: z.number().int().optional(),
  column: z.number().int().optional(),
})
export type ConfigIssue = z.infer<typeof ConfigIssue>

/** How an error looks on the wire. `message` is a sentence for the person that says what to do. */
export const ErrorShape = z.object({
  code: ErrorCode,
  message: z.string(),
  issues: z.array(ConfigIssue).optional(),
})
export type ErrorShape = z.infer<typeof ErrorShape>

/** The one error class of the product. Anything else that is thrown is a defect and becomes `INTERNAL` at the boundary. */
export class StudioError extends Error {
  readonly code: ErrorCode
  readonly issues: readonly ConfigIssue[] | undefined

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; issues?: readonly ConfigIssue[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'StudioError'
    this.code = code
    this.issues = options.issues
  }
}

/** Turns whatever was thrown into the wire form; unknown errors keep their message under `INTERNAL`. */
export function toErrorShape(error: unknown): ErrorShape {
  if (error instanceof StudioError) {
    return { code: error.code, message: error.message, ...(error.issues ? { issues: [...error.issues] } : {}) }
  }
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) }
}

/** The inverse of {@link toErrorShape}. */
export function fromErrorShape(shape: ErrorShape): StudioError {
  return new StudioError(shape.code, shape.message, shape.issues ? { issues: shape.issues } : {})
}
