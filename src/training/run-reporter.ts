import type { RunPhase, RunProgress, SeriesColumns } from '../contract/entities'
import type { MetricKey } from '../contract/metrics'
import type { TrainerChannel } from '../contract/trainer-channel'
import { GradientMeans, type StepGradients } from './gradient-means'

/** From a step to the screen a quarter of a second may pass; this is the largest part of it. */
const FLUSH_INTERVAL_MS = 100
const SYSTEM_INTERVAL_MS = 1000

export interface SystemReading {
  readonly phase: RunPhase
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly nativeTensors: number
  readonly waitedMs: number
}

/** Batches points, widths and progress of a run into at most ten messages a second. */
export class RunReporter {
  private readonly points = new Map<string, { steps: number[]; values: (number | null)[] }>()
  private widths: { steps: number[]; widths: number[][] } = { steps: [], widths: [] }
  private readonly gradients = new GradientMeans()
  private lastFlush = 0
  private lastSystem = performance.now()
  private images = 0
  private waited = 0
  private imagesPerSecond = 0
  private dataWait = 0

  constructor(
    private readonly channel: TrainerChannel,
    private readonly totalSteps: number,
    private readonly batchSize: number,
    private readonly device: string,
  ) {}

  point(key: MetricKey, step: number, value: number): void {
    const series = this.points.get(key) ?? { steps: [], values: [] }
    this.points.set(key, series)
    series.steps.push(step)
    series.values.push(Number.isFinite(value) ? value : null)
  }

  /** A row of the history of widths. */
  bitWidths(step: number, widths: readonly number[]): void {
    this.widths.steps.push(step)
    this.widths.widths.push([...widths])
  }

  /** Sent as their means, once a second. */
  widthGradients(step: number, gradients: StepGradients): void {
    this.gradients.add(step, gradients)
  }

  log(level: 'info' | 'warning' | 'error', message: string): void {
    this.channel.send({ type: 'log', time: Date.now(), level, message })
  }

  countImages(images: number): void {
    this.images += images
  }

  /** Sends what has gathered if it is time to, or if `force` is set. */
  tick(reading: SystemReading, force = false): void {
    const now = performance.now()
    const elapsed = now - this.lastSystem
    if (force || elapsed >= SYSTEM_INTERVAL_MS) this.sendGradients()
    if (elapsed >= SYSTEM_INTERVAL_MS) {
      this.imagesPerSecond = (1000 * this.images) / elapsed
      this.dataWait = Math.min(1, Math.max(0, (reading.waitedMs - this.waited) / elapsed))
      this.images = 0
      this.waited = reading.waitedMs
      this.lastSystem = now
      this.point('system/images_per_second', reading.step, this.imagesPerSecond)
      this.point('system/resident_bytes', reading.step, process.memoryUsage.rss())
      this.point('system/native_tensors', reading.step, reading.nativeTensors)
      this.point('system/data_wait', reading.step, this.dataWait)
    }
    if (!force && now - this.lastFlush < FLUSH_INTERVAL_MS) return
    this.lastFlush = now
    const series: SeriesColumns[] = [...this.points].map(([key, columns]) => ({ key, ...columns }))
    this.points.clear()
    if (series.length > 0) this.channel.send({ type: 'metrics', series })
    if (this.widths.steps.length > 0) this.channel.send({ type: 'widths', history: this.widths })
    this.widths = { steps: [], widths: [] }
    this.channel.send({ type: 'progress', progress: this.progress(reading) })
  }

  private sendGradients(): void {
    const row = this.gradients.take()
    if (row !== null) this.channel.send({ type: 'widthGradients', rows: [row] })
  }

  private progress(reading: SystemReading): RunProgress {
    const left = (this.totalSteps - reading.step) * this.batchSize
    return {
      phase: reading.phase,
      epoch: reading.epoch,
      epochs: reading.epochs,
      step: reading.step,
      totalSteps: this.totalSteps,
      imagesPerSecond: this.imagesPerSecond,
      etaSeconds: this.imagesPerSecond > 0 ? left / this.imagesPerSecond : null,
      device: this.device,
      residentBytes: process.memoryUsage.rss(),
      nativeTensors: reading.nativeTensors,
      dataWaitFraction: this.dataWait,
      stepAt: Date.now(),
    }
  }
}
