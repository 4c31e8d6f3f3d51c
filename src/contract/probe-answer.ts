import { z } from 'zod'
import { StudioError } from './errors'

/** The one message of a process that loads TensorFlow to say what it finds. */
export const ProbeMessage = z.union([
  z.object({
    tensorflow: z.string(),
    /** `GPU`, or `CPU, 2 threads`. */
    device: z.string(),
  }),
  /** Why it could not be loaded, in whole sentences. */
  z.object({ problem: z.string() }),
])
export type ProbeMessage = z.infer<typeof ProbeMessage>

/** What a process that loaded TensorFlow found. */
export interface ProbeAnswer {
  readonly tensorflow: string
  readonly device: string
  /** What TensorFlow wrote to stderr, where it was let speak: that of a runtime. */
  readonly said: string
}

/** The answer of a process that is gone. Throws RUNTIME_MISSING where it found none, or died before it could say so. */
export function probeOf(message: ProbeMessage | undefined, { tail }: { readonly tail: string }): ProbeAnswer {
  if (message === undefined) throw new StudioError('RUNTIME_MISSING', `TensorFlow could not be loaded. ${tail.trim().split('\n').at(-1) ?? ''}`.trim())
  if ('problem' in message) throw new StudioError('RUNTIME_MISSING', message.problem)
  return { ...message, said: tail }
}
