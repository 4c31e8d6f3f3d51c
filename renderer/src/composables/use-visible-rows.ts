import { computed, onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

const OVERSCAN = 12

/** Which rows of a long list with equal heights are on screen. Attach `onScroll` to the scrolling element. */
export function useVisibleRows(element: Readonly<Ref<HTMLElement | null>>, count: Readonly<Ref<number>>, rowHeight: number) {
  const top = ref(0)
  const height = ref(400)
  const first = computed(() => Math.max(0, Math.floor(top.value / rowHeight) - OVERSCAN))
  const last = computed(() => Math.min(count.value, Math.ceil((top.value + height.value) / rowHeight) + OVERSCAN))
  let resize: ResizeObserver | null = null

  onMounted(() => {
    resize = new ResizeObserver(([entry]) => {
      if (entry !== undefined) height.value = entry.contentRect.height
    })
    if (element.value !== null) resize.observe(element.value)
  })
  onBeforeUnmount(() => resize?.disconnect())

  return { first, last, onScroll: () => (top.value = element.value?.scrollTop ?? 0) }
}
