import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FamilyReport } from './fixture'
import { replayFolder } from './replay'

const recorded = join(import.meta.dirname, 'fixtures')

/** Families whose recorded cases lie in `fixtures/`, by the first part of their name. */
const FAMILIES = ['architecture', 'num-bits', 'placement', 'quantizers', 'range-init', 'schedule', 'size-loss', 'trajectory', 'tune-range']

describe('recorded cases on the engine', () => {
  it('agree in every family', async () => {
    const reports: FamilyReport[] = []
    for await (const report of replayFolder(recorded)) reports.push(report)
    expect(reports.filter(({ failures }) => failures.length > 0).map(({ family, failures }) => ({ family, failures: failures.slice(0, 5) }))).toEqual([])
    expect(reports.filter(({ cases }) => cases === 0).map(({ family }) => family)).toEqual([])
    expect([...new Set(reports.map(({ family }) => family.split('/')[0]))].sort()).toEqual(FAMILIES)
  }, 300_000)
})
