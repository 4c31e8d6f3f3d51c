import { z } from 'zod'
import { RunId, RunStatus } from './entities'

/**
 * Fields of a run that filters, columns, sorting and grouping can name:
 * what every run has (`status`, `name`, `created` …), `config.*` with the configuration's own key paths, `result.*`, and every metric by
 * its name: its last value, or with `:best`, `:min`, `:max`, `:freeze` (when bit-widths were frozen) behind it.
 */
export const RunFieldKind = z.enum(['text', 'number', 'time', 'flag'])
export const RunField = z.object({ key: z.string(), label: z.string(), kind: RunFieldKind, group: z.enum(['run', 'config', 'result', 'metric']) })
export type RunField = z.infer<typeof RunField>

export const METRIC_ASPECTS = ['best', 'min', 'max', 'freeze'] as const
export type MetricAspect = (typeof METRIC_ASPECTS)[number]

const FieldKey = z.string().min(1).max(250)
const FilterText = z.string().max(4000)
/** Which runs at all: those in use, those put away, those in the bin. */
export const RunShelf = z.enum(['active', 'archived', 'bin'])
export type RunShelf = z.infer<typeof RunShelf>

export const RunCell = z.union([z.string(), z.number(), z.null()])
export type RunCell = z.infer<typeof RunCell>

export const RunTableRow = z.object({
  id: RunId,
  name: z.string(),
  status: RunStatus,
  starred: z.boolean(),
  tags: z.array(z.string()),
  /** One for each column that was asked for. */
  cells: z.array(RunCell),
})
export type RunTableRow = z.infer<typeof RunTableRow>

export const RunSort = z.object({ key: FieldKey, descending: z.boolean() })
export type RunSort = z.infer<typeof RunSort>

export const RunTableQuery = z.object({
  filter: FilterText.default(''),
  shelf: RunShelf.default('active'),
  columns: z.array(FieldKey).max(200).default([]),
  /** Newest first where nothing is said. */
  sort: z.array(RunSort).max(3).default([]),
  offset: z.int().min(0).default(0),
  limit: z.int().min(0).max(500).default(100),
})
export type RunTableQuery = z.input<typeof RunTableQuery>

export const RunTablePage = z.object({ total: z.int(), rows: z.array(RunTableRow) })
export type RunTablePage = z.infer<typeof RunTablePage>

export const RunGroupQuery = z.object({
  filter: FilterText.default(''),
  shelf: RunShelf.default('active'),
  by: FieldKey,
  columns: z.array(FieldKey).max(50).default([]),
})

/** Of the members that have a number; `deviation` is the sample's (n - 1), null below two. */
export const Spread = z.object({ count: z.int(), mean: z.number(), deviation: z.number().nullable(), min: z.number(), max: z.number() })
export type Spread = z.infer<typeof Spread>

export const RunGroup = z.object({ value: RunCell, runs: z.int(), spreads: z.array(Spread.nullable()) })
export type RunGroup = z.infer<typeof RunGroup>

/** What a person adds to a run. */
export const RunAnnotations = z.object({
  notes: z.string(),
  tags: z.array(z.string()),
  starred: z.boolean(),
  archived: z.boolean(),
  inBin: z.boolean(),
  /** Run from whose checkpoint this one began, and the step of it. */
  parent: z.object({ runId: z.string(), step: z.int() }).nullable(),
  /** Name shared by repeats of one configuration. */
  repeats: z.string().nullable(),
  /** Step at which bit-widths were frozen. */
  frozenStep: z.int().nullable(),
})
export type RunAnnotations = z.infer<typeof RunAnnotations>

export const Tag = z.string().trim().min(1).max(60)
export const AnnotationChange = z.object({
  name: z.string().trim().min(1).max(120).optional(),
  notes: z.string().max(100_000).optional(),
  addTags: z.array(Tag).max(20).optional(),
  removeTags: z.array(Tag).max(20).optional(),
  starred: z.boolean().optional(),
  archived: z.boolean().optional(),
  inBin: z.boolean().optional(),
})
export type AnnotationChange = z.infer<typeof AnnotationChange>

/** A named arrangement: of the table, or a comparison. `state` is the page's own. */
export const SavedView = z.object({ id: z.int(), kind: z.enum(['table', 'comparison']), name: z.string(), state: z.unknown(), updatedAt: z.int() })
export type SavedView = z.infer<typeof SavedView>

export const RunIds = z.array(RunId).min(1).max(20_000)
