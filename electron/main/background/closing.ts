import { type BrowserWindow, dialog } from 'electron'
import { asksFirst, trainedWords } from '../quit'
import type { WhenClosing } from '../../../src/contract/native'

export interface ClosingDeps {
  readonly window: BrowserWindow
  activeRuns(): number
  /** What the person wants every time. */
  remembered(): WhenClosing
  remember(choice: WhenClosing): void
  /** Ends the application after the trainers' step, without asking again. */
  quit(): void
}

const CHOICES = ['background', 'quit', 'ask'] as const

/** The window's close button: while something is trained it asks whether that goes on in the background, once or every time. */
export function askWhenClosing(deps: ClosingDeps): void {
  let asking = false
  const close = async (): Promise<void> => {
    if (asking) return
    asking = true
    const choice = await choose(deps).finally(() => (asking = false))
    if (choice === 'quit') return deps.quit()
    if (choice === 'background') deps.window.hide()
  }
  deps.window.on('close', (event) => {
    event.preventDefault()
    void close()
  })
}

async function choose({ window, activeRuns, remembered, remember }: ClosingDeps): Promise<WhenClosing> {
  const runs = activeRuns()
  if (!asksFirst(runs)) return 'quit'
  if (remembered() !== 'ask') return remembered()
  const { response, checkboxChecked } = await dialog.showMessageBox(window, {
    type: 'question',
    title: 'FracBits Studio',
    message: trainedWords(runs),
    detail:
      'It can go on without the window: its icon in the tray brings the window back, and so does starting the application again. ' +
      'Or it stops after this step with a checkpoint; "Resume" goes on from there the next time.',
    buttons: ['Keep Training in the Background', 'Stop After This Step and Quit', 'Cancel'],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
    checkboxLabel: 'Do the same every time (the menu "Run" changes it)',
  })
  const choice = CHOICES[response] ?? 'ask'
  if (checkboxChecked && choice !== 'ask') remember(choice)
  return choice
}
