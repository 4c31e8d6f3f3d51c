import type uPlot from 'uplot'

const PER_NOTCH = 1.2

/** Ctrl or Cmd with the wheel zooms around the pointer, Shift with a drag (or the middle button) moves along x. The wheel alone scrolls the page. */
export function wheelAndPan(): uPlot.Plugin {
  const xOf = (chart: uPlot): { min: number; max: number } | null => {
    const { min, max } = chart.scales['x'] ?? {}
    return typeof min === 'number' && typeof max === 'number' ? { min, max } : null
  }
  return {
    hooks: {
      ready(chart) {
        chart.over.addEventListener(
          'wheel',
          (event) => {
            const scale = xOf(chart)
            if (!(event.ctrlKey || event.metaKey) || scale === null) return
            event.preventDefault()
            const at = chart.posToVal(event.clientX - chart.over.getBoundingClientRect().left, 'x')
            const factor = event.deltaY < 0 ? 1 / PER_NOTCH : PER_NOTCH
            chart.setScale('x', { min: at - (at - scale.min) * factor, max: at + (scale.max - at) * factor })
          },
          { passive: false },
        )
        // Before the chart's own listener, which would begin a selection.
        chart.over.addEventListener(
          'mousedown',
          (event) => {
            const scale = xOf(chart)
            if (scale === null || !(event.button === 1 || (event.button === 0 && event.shiftKey))) return
            event.preventDefault()
            event.stopImmediatePropagation()
            const perPixel = (scale.max - scale.min) / chart.over.clientWidth
            const move = (now: MouseEvent): void => {
              const by = (event.clientX - now.clientX) * perPixel
              chart.setScale('x', { min: scale.min + by, max: scale.max + by })
            }
            window.addEventListener('mousemove', move)
            window.addEventListener('mouseup', () => window.removeEventListener('mousemove', move), { once: true })
          },
          { capture: true },
        )
      },
    },
  }
}
