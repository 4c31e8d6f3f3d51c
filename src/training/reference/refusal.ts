import { TrainingConfig } from '../../contract/training-config'
import { checkRunnable } from '../compatibility'

/** Whether a small configuration with these sections is refused when it asks for the original's behaviour. */
export function isRefused(sections: Readonly<Record<string, unknown>>): boolean {
  const config = TrainingConfig.safeParse({
    model: 'resnet20',
    num_classes: 10,
    input_info: { sample_size: [1, 1, 28, 28] },
    dataset: 'fashion_mnist',
    compatibility: 'nncf',
    ...sections,
  })
  if (!config.success) return true
  try {
    checkRunnable(config.data)
    return false
  } catch {
    return true
  }
}
