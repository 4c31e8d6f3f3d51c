import { describe, expect, it, vi } from 'vitest'
import type { ExportRecord } from '../../../../src/contract/exports'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { makeRun, ScriptedEngine } from '../../test-support/scripted-engine'
import ExportView from './ExportView.vue'

const size = { sizeBytes: 82_340, payloadBits: 355_008, payloadBytes: 44_376, rate: 1.529 }
const hash = 'a'.repeat(64)

function record(verdict: 'same' | 'wrong'): ExportRecord {
  const comparison = { images: 10_000, equal: 10_000, largestDifference: 0, top1: 91.29, referenceTop1: 91.29 }
  return {
    id: 1,
    runId: 'k3f9a1b2c4d5',
    format: 'onnx',
    file: '/models/demo.onnx',
    sha256: hash,
    size,
    checkpointSha256: hash,
    createdAt: 0,
    verification: {
      verdict,
      problems: verdict === 'same' ? [] : ['The tensor fc.weight.codes was changed.'],
      file: '/models/demo.onnx',
      format: 'onnx',
      sha256: hash,
      size,
      against: 'trainer',
      comparison: verdict === 'same' ? comparison : null,
      accuracy: null,
      runtime: 'onnxruntime',
      checkedAt: 0,
    },
  }
}

function view(...exports: ExportRecord[]) {
  const engine = new ScriptedEngine()
  engine.exports = exports
  const detail = makeRun({ status: 'finished' })
  engine.addRun(detail)
  return mountWithEngine(ExportView, engine, { detail })
}

describe('the exports of a run', () => {
  it('show what the check found, to the byte', async () => {
    const { wrapper } = view(record('same'))
    await vi.waitFor(() => expect(wrapper.find('[data-testid=export-result]').exists()).toBe(true), 10_000)
    const text = wrapper.get('[data-testid=export-result]').text()
    for (const fact of ['Predicts as the trainer', '10,000 of 10,000', '91.29 %', '355,008 bits in 44,376 bytes', '37,964 of 82,340 bytes', hash])
      expect(text).toContain(fact)
  })

  it('call a wrong file wrong, and say why', async () => {
    const { wrapper } = view(record('wrong'))
    await vi.waitFor(() => expect(wrapper.find('[data-testid=export-result]').exists()).toBe(true), 10_000)
    expect(wrapper.get('[data-testid=export-result]').attributes('data-verdict')).toBe('wrong')
    expect(wrapper.text()).toContain('The tensor fc.weight.codes was changed.')
  })

  it('are not offered without a checkpoint', () => {
    const { wrapper } = view()
    expect(wrapper.get('[data-testid=export-run]').attributes('disabled')).toBeDefined()
  })
})
