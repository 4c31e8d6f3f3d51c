import { Notification } from 'electron'
import type { RunNews } from './run-news'

/** Shows a message of the system; a click on it leads to the run. Where the system has none, the window still says the same. */
export function notify({ runId, title, body }: RunNews, openRun: (runId: string) => void): void {
  if (!Notification.isSupported()) return
  const notification = new Notification({ title, body })
  notification.on('click', () => openRun(runId))
  notification.show()
}
