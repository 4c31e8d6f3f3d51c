/** What becomes of `eval` in a page. From a timer, because code that the debugger runs directly is exempt from the page's policy. */
export const evalOutcome = (): Promise<string> =>
  new Promise((resolve) => {
    setTimeout(() => {
      try {
        resolve(`ran: ${String(globalThis.eval('1'))}`)
      } catch (error) {
        resolve(error instanceof Error ? error.name : String(error))
      }
    })
  })
