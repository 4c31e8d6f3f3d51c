import { onBeforeUnmount, shallowRef, watch, type Ref } from 'vue'

/** Width and height of an element in pixels, as it is laid out; what is given until then. */
export function useElementSize(element: Readonly<Ref<Element | null>>, first: { readonly width: number; readonly height: number }): Readonly<Ref<{ readonly width: number; readonly height: number }>> {
  const size = shallowRef(first)
  const observer = new ResizeObserver(([entry]) => {
    if (entry !== undefined && entry.contentRect.width > 0) size.value = { width: entry.contentRect.width, height: entry.contentRect.height }
  })
  watch(element, (now, before) => {
    if (before instanceof Element) observer.unobserve(before)
    if (now !== null) observer.observe(now)
  }, { immediate: true })
  onBeforeUnmount(() => observer.disconnect())
  return size
}
