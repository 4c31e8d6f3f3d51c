import type { ComparedWork } from '../contract/comparison'
import type { ResultRow } from '../contract/entities'
import { bitOperations, FLOAT_BITS } from '../contract/what-if'
import type { RunRecord } from '../store/repositories/runs'
import { termsOfRun } from './run-what-if'
import type { EngineDeps } from './types'

/** Widths of a row's model, one a quantizer; null where they are not known. INT8 rows are those at 8 bits, others have the widths that the run ended with. */
function widthsOf(kind: ResultRow['kind'], { result, quantizers }: RunRecord): readonly number[] | null {
  if (kind === 'int8') return quantizers.map(() => 8)
  return result !== null && result.widths.length === quantizers.length ? result.widths : null
}

function workOf(run: RunRecord, describeNetwork: EngineDeps['describeNetwork']): ComparedWork['rows'] {
  const terms = termsOfRun(run, describeNetwork)
  if (terms.length === 0) return []
  const float = terms.reduce((sum, { macs }) => sum + macs * FLOAT_BITS ** 2, 0)
  return (run.result?.rows ?? []).flatMap(({ kind }): ComparedWork['rows'] => {
    if (kind === 'fp32') return [{ kind, bitOperations: float }]
    const widths = widthsOf(kind, run)
    return widths === null ? [] : [{ kind, bitOperations: Math.round(bitOperations(terms, widths)) }]
  })
}

/** Bit operations of the models of several runs, in the order of the runs; those that are gone are left out. */
export async function comparedWork({ store, describeNetwork }: Pick<EngineDeps, 'store' | 'describeNetwork'>, runIds: readonly string[]): Promise<ComparedWork[]> {
  const found = await Promise.all(runIds.map((runId) => store.runs.find(runId)))
  return found.flatMap((run) => (run === null ? [] : [{ runId: run.id, rows: workOf(run, describeNetwork) }]))
}
