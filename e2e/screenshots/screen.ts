import type { Page } from 'playwright-core'

/** A page as a picture is taken of it. */
export interface Screen {
  readonly name: string
  /** Its address in the page, `#/...`. */
  readonly hash: () => string
  readonly ready: (page: Page) => Promise<unknown>
  readonly after?: (page: Page) => Promise<unknown>
}
