import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { fromErrorShape, StudioError } from '../../contract/errors'
import type { ImageService, ListedImage } from '../../contract/image-service'
import { builtWorkerFile } from '../loader-worker-file'
import type { FromImageWorker, ImageJob, ImageJobOutput, ToImageWorker } from './worker-messages'

const MOST_THREADS = 4
/** A thread keeps whole data sets in memory: one that had nothing to do for so long is ended. */
const IDLE_MS = 60_000
/** A hostile file may ask for much memory: the thread ends with an error, and the program goes on. */
const HEAP_MEGABYTES = 2048

interface Task {
  readonly job: ImageJob
  /** Somebody looks at the screen: before everything that fills an index. */
  readonly urgent: boolean
  readonly onListed?: ((images: readonly ListedImage[]) => void) | undefined
  resolve(output: unknown): void
  reject(error: StudioError): void
}

interface Thread {
  readonly worker: Worker
  task: { readonly id: number; readonly task: Task } | null
  idle: ReturnType<typeof setTimeout> | null
}

/** Threads that look at images, started when they are needed. A thread that dies fails its task alone. */
export function createImageService(options: { readonly threads?: number } = {}): ImageService {
  const most = options.threads ?? Math.max(1, Math.min(MOST_THREADS, availableParallelism() - 1))
  const threads = new Set<Thread>()
  const waiting: Task[] = []
  let lastId = 0
  let closed = false

  const end = (thread: Thread, why: string): void => {
    threads.delete(thread)
    if (thread.idle !== null) clearTimeout(thread.idle)
    thread.task?.task.reject(new StudioError('INTERNAL', `The images could not be read: a thread ended (${why}). Try again; if it happens again, look for a damaged file.`))
    thread.task = null
    next()
  }

  const start = (): Thread => {
    const worker = new Worker(builtWorkerFile('image-worker'), { name: 'images', resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES } })
    const thread: Thread = { worker, task: null, idle: null }
    worker.on('message', (message: FromImageWorker) => hear(thread, message))
    worker.on('error', (cause) => end(thread, cause instanceof Error ? cause.message : String(cause)))
    worker.on('exit', (code) => threads.has(thread) && end(thread, `code ${code}`))
    threads.add(thread)
    return thread
  }

  const hear = (thread: Thread, message: FromImageWorker): void => {
    const current = thread.task
    if (current?.id !== message.id) return
    if (message.type === 'listed') return current.task.onListed?.(message.images)
    thread.task = null
    if (message.type === 'done') current.task.resolve(message.output)
    else current.task.reject(fromErrorShape(message.error))
    next()
    if (thread.task === null) thread.idle = setTimeout(() => retire(thread), IDLE_MS)
  }

  const retire = (thread: Thread): void => {
    threads.delete(thread)
    void thread.worker.terminate()
  }

  const next = (): void => {
    const [task] = waiting
    if (task === undefined || closed) return
    const free = [...threads].find((thread) => thread.task === null) ?? (threads.size < most ? start() : null)
    if (free === null) return
    waiting.shift()
    if (free.idle !== null) clearTimeout(free.idle)
    free.idle = null
    free.task = { id: ++lastId, task }
    free.worker.postMessage({ type: 'job', id: free.task.id, job: task.job } satisfies ToImageWorker)
    next()
  }

  const run = <M extends ImageJob['method']>(
    job: Extract<ImageJob, { method: M }>,
    { urgent = true, onListed, signal }: { urgent?: boolean; onListed?: Task['onListed']; signal?: AbortSignal } = {},
  ): Promise<ImageJobOutput<M>> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(new StudioError('CANCELLED', 'The program is closing.'))
      const cancelled = (): void => reject(new StudioError('CANCELLED', 'Indexing was cancelled.'))
      // The thread runs this same build, and answers a job with what its method gives. It may have finished when it hears of the cancellation.
      const answered = (output: unknown): void => (signal?.aborted === true ? cancelled() : resolve(output as ImageJobOutput<M>))
      const task: Task = { job, urgent, onListed, resolve: answered, reject }
      signal?.addEventListener('abort', () => {
        const place = waiting.indexOf(task)
        if (place >= 0) {
          waiting.splice(place, 1)
          return cancelled()
        }
        for (const { worker, task: current } of threads)
          if (current?.task === task) worker.postMessage({ type: 'cancel', id: current.id } satisfies ToImageWorker)
      })
      const place = urgent ? waiting.findIndex((other) => !other.urgent) : -1
      if (place < 0) waiting.push(task)
      else waiting.splice(place, 0, task)
      next()
    })

  return {
    threads: most,
    recognise: (folder) => run({ method: 'recognise', folder }),
    list: (source, onListed, signal) => run({ method: 'list', source }, { urgent: false, onListed, signal }),
    read: (source, paths) => run({ method: 'read', source, paths }, { urgent: false }),
    compare: (images, thumbnails, signal) => run({ method: 'compare', images, thumbnails }, { urgent: false, signal }),
    open: (source, path) => run({ method: 'open', source, path }),
    views: (source, path, given) => run({ method: 'views', source, path, options: given }),
    async close() {
      closed = true
      for (const task of waiting.splice(0)) task.reject(new StudioError('CANCELLED', 'The program is closing.'))
      const ending = [...threads]
      threads.clear()
      for (const thread of ending) {
        if (thread.idle !== null) clearTimeout(thread.idle)
        thread.task?.task.reject(new StudioError('CANCELLED', 'The program is closing.'))
        thread.task = null
      }
      await Promise.all(ending.map(({ worker }) => worker.terminate()))
    },
  }
}
