import { z } from 'zod'
import { command, query, stream } from './define-api'

/** A runtime is libtensorflow with the libraries that it needs; its name is that of its folder. */
export const RuntimeName = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,59}$/, 'A runtime has a name such as gpu-2.21.0, or gpu for the newest of its kind.')
export const RuntimeKind = z.enum(['cpu', 'gpu'])
export type RuntimeKind = z.infer<typeof RuntimeKind>

/** The runtime that a process loads in place of the built-in one. */
export const RuntimeRef = z.object({
  name: RuntimeName,
  kind: RuntimeKind,
  /** Absolute; `tensorflow/` and, for GPUs, `nvidia/` lie in it. */
  folder: z.string(),
  /** Absolute folders of its shared libraries, that of libtensorflow first. */
  libraries: z.array(z.string()),
  /** What it asks of the machine; null for one that computes on the CPU. */
  needs: z
    .object({
      /** Oldest NVIDIA driver. */
      driver: z.string().nullable(),
      /** Lowest compute capability of a card that it holds code for. */
      capability: z.string().nullable(),
    })
    .nullable(),
})
export type RuntimeRef = z.infer<typeof RuntimeRef>

export const RuntimeProgress = z.object({
  stage: z.enum(['fetching', 'checking', 'unpacking']),
  /** File name of the wheel in hand. */
  file: z.string(),
  /** Bytes of all its wheels. */
  done: z.int(),
  total: z.int(),
})
export type RuntimeProgress = z.infer<typeof RuntimeProgress>

/** A runtime that can be installed here, or is. `unfinished`: a part of it was fetched; installing goes on from there. */
export const RuntimePack = z.object({
  name: RuntimeName,
  title: z.string(),
  description: z.string(),
  kind: RuntimeKind,
  /** Version of libtensorflow; null for the built-in one, which only a process that loads it can ask. */
  tensorflow: z.string().nullable(),
  status: z.enum(['built-in', 'available', 'unfinished', 'installing', 'installed']),
  /** Absolute, where it is installed. */
  folder: z.string().nullable(),
  downloadBytes: z.int(),
  unpackedBytes: z.int(),
  /** Bytes of the download that are here already. */
  fetchedBytes: z.int(),
  progress: RuntimeProgress.nullable(),
  /** Why the last try to install it ended, in a sentence. */
  problem: z.string().nullable(),
})
export type RuntimePack = z.infer<typeof RuntimePack>

/** What a process that loaded a runtime found. `reason` says why a runtime for GPUs can't use one, and `remedy` what to do. */
export const RuntimeFinding = z.object({
  name: RuntimeName,
  usable: z.boolean(),
  /** Such as `libtensorflow 2.21.0 on GPU: NVIDIA H200, 140 GB`; null where it could not be loaded. */
  detail: z.string().nullable(),
  reason: z.string().nullable(),
  remedy: z.string().nullable(),
})
export type RuntimeFinding = z.infer<typeof RuntimeFinding>

const One = z.object({ name: RuntimeName })
const Nothing = z.object({})

/** Runtimes beside the built-in one: what is asked and changed. They are shared by all workspaces of a person. */
export const runtimeMethods = {
  /** The built-in one first. */
  'runtimes.list': query({ input: Nothing, output: z.object({ runtimes: z.array(RuntimePack) }) }),
  /** Loads a runtime in a process of its own and says what it found. Fails with NOT_FOUND where it is not installed. */
  'runtimes.probe': query({ input: One, output: RuntimeFinding }),
  /**
   * Begins to install one, or goes on; `name` may be a kind, then the newest of it. `indexUrl` is the address of a Python package index, null
   * takes the one that pip uses. How it goes on is told by `runtimes.events`. Fails with NOT_FOUND, CONFLICT.
   */
  'runtimes.install': command({
    input: z.object({ name: RuntimeName, indexUrl: z.url({ protocol: /^https?$/ }).max(2000).nullable().default(null) }),
    output: One,
  }),
  /** Stops installing; what was fetched is kept. */
  'runtimes.cancel': command({ input: One, output: Nothing }),
  /** Removes a runtime with all that was fetched of it. Fails with CONFLICT while it is being installed or a run uses it. */
  'runtimes.remove': command({ input: One, output: Nothing }),
  /** All runtimes, at first and whenever one of them changes. */
  'runtimes.events': stream({ input: Nothing, event: z.object({ runtimes: z.array(RuntimePack) }) }),
} as const
