import { observeElementRect, type Virtualizer } from '@tanstack/vue-virtual'

/** Before it is measured, a virtual list is taken to be this large; one that measures nothing (it is hidden) keeps what it had. */
export function sized(width: number, height: number) {
  return {
    initialRect: { width, height },
    observeElementRect: (list: Virtualizer<HTMLElement, Element>, tell: (rect: { width: number; height: number }) => void) =>
      observeElementRect(list, (rect) => {
        if (rect.width > 0 && rect.height > 0) tell(rect)
      }),
  }
}
