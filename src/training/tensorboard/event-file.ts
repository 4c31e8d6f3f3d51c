import { createWriteStream, type WriteStream } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { record, type Scalar, scalarEvent, versionEvent } from './event-record'

/** Numbers the files that one process writes within a second. */
let written = 0

/** A file of curves that TensorBoard reads, written as the run goes. A resumed run adds a file of its own; TensorBoard joins them. */
export class EventFile {
  private readonly stream: WriteStream
  private failed: string | null = null

  /** `onError` hears once when the file cannot be written; the run goes on without it. */
  constructor(
    folder: string,
    private readonly onError: (message: string) => void,
    private readonly now: () => number = Date.now,
  ) {
    const seconds = String(Math.floor(now() / 1000)).padStart(10, '0')
    const name = `events.out.tfevents.${seconds}.${hostname().replaceAll(/[^\w.-]/g, '_') || 'localhost'}.${process.pid}.${written++}`
    this.stream = createWriteStream(join(folder, name))
    this.stream.on('error', (error) => {
      this.failed ??= error.message
      this.onError(`TensorBoard's event file cannot be written (${error.message}); the curves in the workspace are kept.`)
    })
    this.stream.write(record(versionEvent(now() / 1000)))
  }

  /** Values that are not finite are left out: TensorBoard cannot show them. */
  add(step: number, scalars: readonly Scalar[]): void {
    const finite = scalars.filter(({ value }) => Number.isFinite(value))
    if (finite.length > 0 && this.failed === null) this.stream.write(record(scalarEvent(this.now() / 1000, step, finite)))
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    if (this.failed !== null) return
    await new Promise<void>((done) => {
      this.stream.once('error', () => done())
      this.stream.end(done)
    })
  }
}
