import type { Page } from 'playwright-core'

/** Milliseconds from following a link in the page to the frame that shows what `selector` finds. */
export const goTo = (page: Page, hash: string, selector: string): Promise<number> =>
  page.evaluate(
    async ([to, wanted]) => {
      const began = performance.now()
      location.hash = to ?? ''
      while (document.querySelector(wanted ?? '') === null) await new Promise(requestAnimationFrame)
      await new Promise(requestAnimationFrame)
      return performance.now() - began
    },
    [hash, selector],
  )
