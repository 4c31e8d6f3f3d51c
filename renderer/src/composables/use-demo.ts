import { computed } from 'vue'
import { useRouter } from 'vue-router'
import { StudioError } from '../../../src/contract/errors'
import { useCommand } from '../engine/use-command'
import { useQuery } from '../engine/use-query'

/** Name of the shipped configuration of the demonstration. */
export const DEMO_PRESET = 'demo-fashion-mnist'

/** The shipped demonstration: its preset, whether its images are there, and how to start it. */
export function useDemo() {
  const router = useRouter()
  const info = useQuery('app.info', {})
  const presets = useQuery('configs.presets', {})
  const create = useCommand('runs.create')
  const preset = computed(() => presets.data.value?.presets.find((one) => one.name === DEMO_PRESET) ?? null)
  const images = computed(() => info.data.value?.demoData ?? null)

  async function run(): Promise<void> {
    const chosen = preset.value
    if (chosen === null) {
      create.error.value = new StudioError(
        'NOT_FOUND',
        'The demo configuration is missing from this installation. Install the app again, or start a new run with a configuration of your own.',
      )
      return
    }
    const created = await create.run({ configText: chosen.text, dataDir: null, configId: `preset:${DEMO_PRESET}` })
    if (created !== null) await router.push({ name: 'run', params: { runId: created.runId } })
  }

  return {
    info,
    images,
    error: create.error,
    pending: create.pending,
    ready: computed(() => presets.data.value !== null && images.value !== null),
    run,
  }
}
