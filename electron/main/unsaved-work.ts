/** A page that hangs must not keep the app from closing. */
const PATIENCE_MS = 1_500

export interface UnsavedWork {
  /** Asks the page to hand over what it has not saved yet; resolves when it has, or has had enough time. */
  collect(): Promise<void>
  /** The page's word that it has. */
  collected(): void
}

export function createUnsavedWork(ask: () => boolean): UnsavedWork {
  let done: () => void = () => undefined
  return {
    collect: () =>
      new Promise((resolve) => {
        const limit = setTimeout(resolve, PATIENCE_MS)
        done = () => {
          clearTimeout(limit)
          resolve()
        }
        if (!ask()) done()
      }),
    collected: () => done(),
  }
}
