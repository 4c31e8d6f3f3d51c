import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { replayFolder } from './replay'

const recorded = join(import.meta.dirname, 'fixtures')

describe('recorded cases on the engine', () => {
  it('agree in every family', () => {
    const reports = [...replayFolder(recorded)]
    expect(reports.map(({ family, cases, failures }) => ({ family, cases: cases > 0, failures: failures.slice(0, 5) }))).toEqual([
      { family: 'quantizers', cases: true, failures: [] },
      { family: 'tune-range', cases: true, failures: [] },
      { family: 'size-loss', cases: true, failures: [] },
      { family: 'architecture/mobilenet_v2_32x32', cases: true, failures: [] },
    ])
  })
})
