import { onScopeDispose } from 'vue'
import { useRouter } from 'vue-router'
import type { MenuAction } from '../../../src/contract/native'
import { useCommand } from '../engine/use-command'
import { useDemo } from './use-demo'

/** Carries out the entries of the desktop menu. Does nothing in a browser. */
export function useMenuActions(): void {
  const native = window.studio
  if (native === undefined) return
  const router = useRouter()
  const demo = useDemo()
  const pause = useCommand('runs.pause')
  const resume = useCommand('runs.resume')
  const stop = useCommand('runs.stop')

  /** The run on screen; run entries mean this one. */
  const shownRun = (): string | null => {
    const id = router.currentRoute.value.params['runId']
    return typeof id === 'string' ? id : null
  }

  async function carryOut(action: MenuAction): Promise<void> {
    const runId = shownRun()
    if (action === 'new-run') await router.push({ name: 'new-run' })
    else if (action === 'show-runs') await router.push({ name: 'home' })
    else if (action === 'doctor') await router.push({ name: 'machine' })
    else if (action === 'run-demo') await demo.run()
    else if (runId === null) return
    else if (action === 'open-run-folder') await native?.openRunFolder(runId)
    else if (action === 'pause-run') await pause.run({ runId })
    else if (action === 'resume-run') await resume.run({ runId })
    else if (action === 'stop-run') await stop.run({ runId, mode: 'after-step' })
  }

  onScopeDispose(native.onMenuAction((action) => void carryOut(action)))
}
