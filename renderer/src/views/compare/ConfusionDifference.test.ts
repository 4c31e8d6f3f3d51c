import { defineComponent, h, reactive } from 'vue'
import { describe, expect, it, vi } from 'vitest'
import type { ComparedRun } from '../../../../src/contract/comparison'
import { makeConfusion } from '../../test-support/make-confusion'
import { mountWithEngine } from '../../test-support/mount-with-engine'
import { ScriptedEngine } from '../../test-support/scripted-engine'
import ConfusionDifference from './ConfusionDifference.vue'
import { useConfusionDifference } from './use-confusion-difference'

const row = { top1: 50, top5: 100, loss: 1, images: 6, sizeBits: 1, rate: 1, note: 'x' }
const [FIRST, SECOND] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb']
const compared = (id: string, name: string): ComparedRun => ({
  ...{ id, name, status: 'finished', model: 'resnet20', dataset: 'folder', repeats: null, seed: 1, frozenStep: null, createdAt: 1, duration: 1 },
  result: { rows: [{ ...row, kind: 'int8' }, { ...row, kind: 'mixed' }], targetRate: null, widths: [] },
})

function view(others: readonly string[]) {
  const engine = new ScriptedEngine()
  const insects = ['ant', 'bee']
  engine.confusions.set(FIRST, [makeConfusion('int8', insects, [[0, 0, 4], [1, 1, 2]]), makeConfusion('mixed', insects, [[0, 0, 3], [0, 1, 1], [1, 1, 2]])])
  engine.confusions.set(SECOND, [makeConfusion('mixed', others, [[0, 0, 2], [1, 1, 1], [1, 0, 3]])])
  const runs = reactive([compared(FIRST, 'one'), compared(SECOND, 'two')])
  const Around = defineComponent({
    setup() {
      const model = useConfusionDifference(
        () => runs,
        () => runs.map(({ name }) => name),
      )
      return () => h(ConfusionDifference, { model })
    },
  })
  return { runs, ...mountWithEngine(Around, engine) }
}
const lines = ({ wrapper }: ReturnType<typeof view>) => wrapper.findAll('[data-testid=change]').map((line) => line.findAll('th, td').map((cell) => cell.text()))

describe('the confusion difference', () => {
  it('begins with the usual models of the first two runs, by the names of classes, and follows the choice', async () => {
    const page = view(['bee', 'ant'])
    await vi.waitFor(() => expect(lines(page)).toEqual([['ant', 'recognised', '3', '1', '−2 worse'], ['ant', 'bee', '1', '3', '+2 worse']]))
    expect(page.wrapper.findAll('[data-testid=matrix-cell]').map((cell) => cell.text())).toEqual(['−2', '+2', '', ''])
    expect(page.wrapper.findAll('[data-testid=matrix-cell]')[1]?.attributes('aria-label')).toBe('ant taken for bee: 1 before, 3 after (+2)')
    await page.wrapper.get('[data-testid=difference-to]').setValue(`${FIRST} int8`)
    await vi.waitFor(() => expect(lines(page)).toEqual([['ant', 'recognised', '3', '4', '+1 better'], ['ant', 'bee', '1', '0', '−1 better']]))
  })

  it('compares models of a run that is alone, and says where there is nothing to compare', async () => {
    const page = view(['bee', 'wasp'])
    await vi.waitFor(() => expect(page.wrapper.text()).toContain('These two tell different classes apart.'))
    page.runs.pop()
    await vi.waitFor(() => expect(lines(page)[0]).toEqual(['ant', 'recognised', '4', '3', '−1 worse']))
    page.runs.pop()
    await vi.waitFor(() => expect(page.wrapper.text()).toContain('It takes two evaluated models.'))
  })
})
