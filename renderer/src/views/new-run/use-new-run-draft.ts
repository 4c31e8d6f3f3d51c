import { type Ref, ref, watch } from 'vue'
import { z } from 'zod'
import { toErrorShape } from '../../../../src/contract/errors'
import { useEngine } from '../../engine/use-engine'
import { useUnsaved } from '../../stores/unsaved'

const KEY = 'new-run'
const SETTLE_MS = 500

const Draft = z.object({
  text: z.string(),
  source: z.string().nullable(),
  sourceText: z.string(),
  name: z.string(),
  dataDir: z.string(),
  workers: z.number(),
  place: z.enum(['here', 'slurm']).default('here'),
})
type Draft = z.infer<typeof Draft>
type DraftRefs = { readonly [K in keyof Draft]: Ref<Draft[K]> }

function parsed(text: string | null): Draft | null {
  try {
    return text === null ? null : Draft.parse(JSON.parse(text))
  } catch {
    // Written by another version of this page: what it meant is not known any more.
    return null
  }
}

/** Keeps what was filled in for a new run over page changes and closed windows, until the run is started. */
export function useNewRunDraft(refs: DraftRefs) {
  const session = useEngine()
  /** Whether an earlier draft was looked for; only then may a first text be chosen. */
  const restored = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  const now = (): Draft => ({
    text: refs.text.value,
    source: refs.source.value,
    sourceText: refs.sourceText.value,
    name: refs.name.value,
    dataDir: refs.dataDir.value,
    workers: Number(refs.workers.value),
    place: refs.place.value,
  })
  async function put(text: string | null): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    try {
      await session.call('drafts.put', { key: KEY, text })
    } catch (error) {
      console.warn('The draft of the new run is not kept', toErrorShape(error).message)
    }
  }
  const keep = (): Promise<void> => (timer === undefined ? Promise.resolve() : put(JSON.stringify(now())))
  useUnsaved().register(keep)

  async function restore(): Promise<void> {
    try {
      const draft = parsed((await session.call('drafts.get', { key: KEY })).text)
      if (draft !== null && draft.text.trim() !== '') {
        refs.text.value = draft.text
        refs.source.value = draft.source
        refs.sourceText.value = draft.sourceText
        refs.name.value = draft.name
        refs.dataDir.value = draft.dataDir
        refs.workers.value = draft.workers
        refs.place.value = draft.place
      }
      restored.value = true
    } catch (error) {
      // Without a connection it is tried again with the next one.
      if (toErrorShape(error).code !== 'ENGINE_GONE') restored.value = true
    }
  }

  watch(
    session.client,
    (client) => {
      if (client !== null && !restored.value) void restore()
    },
    { immediate: true },
  )
  watch(now, () => {
    if (!restored.value) return
    clearTimeout(timer)
    timer = setTimeout(() => void keep(), SETTLE_MS)
  })
  return { restored, keep, forget: () => put(null) }
}
