import { afterEach, expect, it } from 'vitest'
import { OUTLINE, openTestWorkspace, type TestWorkspace } from './testing/test-workspace'

let workspace: TestWorkspace
afterEach(() => workspace.remove())

// The scripted trainer ends with the widths 4 for the weight and 8 for the activation, and with a row for FP32.
it('bit operations of the models are counted at the widths of each, by the network of the run', async () => {
  const multiplications = [
    { macs: 100, weight: 'conv1|WEIGHT', input: 'relu1|OUTPUT' },
    { macs: 10, weight: 'conv1|WEIGHT', input: null },
    { macs: 1000, weight: 'another|WEIGHT', input: null },
  ]
  workspace = await openTestWorkspace({}, { describeNetwork: () => ({ ...OUTLINE, multiplications }) })
  const runId = await workspace.create()
  await workspace.until(runId, 'finished')
  const { runs } = await workspace.client.call('compare.work', { runIds: [runId, 'gonegonegone'] })
  expect(runs).toEqual([{ runId, rows: [{ kind: 'fp32', bitOperations: 110 * 32 * 32 }] }])
})
