import { computed, ref, watch } from 'vue'
import type { LiveRun } from '../../composables/use-live-run'
import { formatCount } from '../../format/numbers'
import { formatDuration } from '../../format/time'
import { epochX, sameX, timeX, X_AXES, type XAxis, type XMap } from '../../live/x-axis'

const PLACE = 'curves-x'

/** Epochs of all stages of a run, by its configuration. */
function epochsOf(config: unknown): number {
  if (typeof config !== 'object' || config === null) return 0
  const count = 'epochs' in config && typeof config.epochs === 'number' ? config.epochs : 0
  const before = 'pretraining' in config && typeof config.pretraining === 'object' && config.pretraining !== null ? epochsOf({ ...config.pretraining }) : 0
  return count + before
}

/** What runs along x in all curves of a run; remembered on this device. */
export function useCurveAxis(live: LiveRun) {
  const axis = ref<XAxis>(X_AXES.find((one) => one === localStorage.getItem(PLACE)) ?? 'step')
  const logX = ref(false)
  watch(axis, (value) => localStorage.setItem(PLACE, value))
  const map = computed<XMap>(() => {
    void live.version.value
    if (axis.value === 'step') return sameX
    const detail = live.detail.value
    if (axis.value === 'epoch') {
      const epochs = epochsOf(detail?.config)
      return epochX(epochs > 0 ? (detail?.totalSteps ?? 0) / epochs : 0)
    }
    const { steps, values } = live.record.series(axis.value === 'wall' ? 'time/wall' : 'time/process').points()
    // Views into a buffer that goes on changing.
    return timeX({ steps: steps.slice(), values: values.slice() })
  })
  const formatX = (x: number): string =>
    axis.value === 'wall' || axis.value === 'process' ? formatDuration(x) : axis.value === 'epoch' ? String(Number(x.toFixed(2))) : Number.isInteger(x) ? formatCount(x) : ''
  return { axis, logX, map, formatX }
}
