import { access } from 'node:fs/promises'

/** Whether there is something of this name; a name in a folder that can't be entered is none. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
