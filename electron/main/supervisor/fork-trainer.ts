import { utilityProcess } from 'electron'
import { join } from 'node:path'
import { trainerEnvironment } from '../../../src/util/trainer-environment'
import type { TrainerRequest } from '../../messages/engine-messages'

/** How the utility process for one job is started; its entries lie in `folder`. */
export const createTrainerFork =
  (folder: string) =>
  ({ runId, mode, runtime }: TrainerRequest): Electron.UtilityProcess =>
    mode === 'verify'
      ? utilityProcess.fork(join(folder, 'verifier.js'), [], { serviceName: 'verifier', stdio: 'pipe' })
      : utilityProcess.fork(join(folder, 'trainer.js'), [], {
          serviceName: `trainer:${runId}`,
          stdio: 'pipe',
          env: trainerEnvironment(process.env, mode, runtime),
        })
