import { z } from 'zod'
import { command, query } from './define-api'
import { RunId } from './entities'

const Path = z.string().min(1).max(4096)
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** What a bundle's name ends in. It is a zip archive, and those that end so are read as well. */
export const BUNDLE_ENDING = 'fracbits'
export const BUNDLE_ENDINGS = [BUNDLE_ENDING, 'zip'] as const
const ENDS_AS_BUNDLE = new RegExp(`\\.(${BUNDLE_ENDINGS.join('|')})$`, 'i')
export const isBundleName = (path: string): boolean => ENDS_AS_BUNDLE.test(path)

/** Which checkpoints a bundle takes along: `last` is the newest whose file is whole. */
export const BUNDLE_CHECKPOINTS = ['none', 'last', 'all'] as const
export const BundleCheckpoints = z.enum(BUNDLE_CHECKPOINTS)
export type BundleCheckpoints = z.infer<typeof BundleCheckpoints>

export const MOST_BUNDLED = 500

/** A comparison of the runs of a bundle; `state` is the page's own, as in a saved view. */
export const BundledComparison = z.object({ name: z.string().trim().min(1).max(80), state: z.unknown() })
export type BundledComparison = z.infer<typeof BundledComparison>

/** A bundle that was written; `file` is absolute. */
export const BundleFile = z.object({ file: z.string(), sizeBytes: z.number(), sha256: Sha256, runs: z.int(), checkpoints: z.int() })
export type BundleFile = z.infer<typeof BundleFile>

const NamedRun = z.object({ id: RunId, name: z.string() })

/** What a bundle says that it holds; nothing but its list of files was looked at. `isHere`: the workspace has this run already. */
export const BundleContents = z.object({
  runs: z.array(NamedRun.extend({ isHere: z.boolean() })),
  checkpoints: z.int(),
  comparison: z.string().nullable(),
  sizeBytes: z.number(),
  createdAt: z.int(),
  appVersion: z.string(),
})
export type BundleContents = z.infer<typeof BundleContents>

/** What a bundle brought; `comparison` is the name under which its comparison was saved. */
export const ImportedBundle = z.object({ runs: z.array(NamedRun), checkpoints: z.int(), comparison: z.string().nullable() })
export type ImportedBundle = z.infer<typeof ImportedBundle>

/** A run made of log files. `notices` are sentences about what could not be read. */
export const ImportedLogs = z.object({
  runId: RunId,
  name: z.string(),
  files: z.int(),
  series: z.int(),
  points: z.int(),
  notices: z.array(z.string()),
})
export type ImportedLogs = z.infer<typeof ImportedLogs>

/** Runs that leave a workspace, and runs that come from elsewhere. Paths are absolute. */
export const bundleMethods = {
  /** What a bundle holds, without importing anything. Fails like the import, as far as names, sizes and manifest tell. */
  'runs.bundleContents': query({ input: z.object({ file: Path }), output: BundleContents }),
  /** Writes runs that have ended into one zip archive. Fails with CONFLICT where one is queued or in progress. */
  'runs.exportBundle': command({
    input: z.object({
      runIds: z.array(RunId).min(1).max(MOST_BUNDLED),
      file: Path,
      checkpoints: BundleCheckpoints.default('last'),
      comparison: BundledComparison.nullable().default(null),
    }),
    output: BundleFile,
  }),
  /**
   * Checks every file of a bundle by its sha256, then stores its runs under their ids: all or none. Fails with DATA_CORRUPT, which names what is
   * damaged, and with CONFLICT where one of the runs is there already. Imported runs have no images here and can't be resumed.
   */
  'runs.importBundle': command({ input: z.object({ file: Path }), output: ImportedBundle }),
  /** Makes a finished run of the TensorBoard event files in a folder and below it. Fails with DATA_MISSING where there are none, and with DATA_CORRUPT. */
  'runs.importLogs': command({ input: z.object({ folder: Path }), output: ImportedLogs }),
  /** Says where the images of a run that came from elsewhere, or whose folder was moved, are on this machine. Fails with CONFLICT while it waits or trains, with BAD_INPUT and with DATA_MISSING. */
  'runs.setImages': command({ input: z.object({ runId: RunId, folder: Path }), output: z.object({}) }),
}
