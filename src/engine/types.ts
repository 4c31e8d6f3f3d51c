import type { NetworkOutline } from '../contract/configurations'
import type { ClusterHost, TrainerHost } from '../contract/trainer-channel'
import type { ImageService } from '../contract/image-service'
import type { TrainingConfig } from '../contract/training-config'
import type { Channel } from '../rpc/channel'
import type { Store } from '../store/store'
import type { Logger } from '../util/logger'
import type { DemoData } from '../util/paths'
import type { WatchTimes } from './trainer-watchdog'

/** What the engine is made of; built once in an entry file. */
export interface EngineDeps {
  /** Absolute workspace folder. */
  readonly workspace: string
  /** The engine closes it. */
  readonly store: Store
  /** Makes the reader of images for the views of data sets; the engine closes it. Without one, data sets can only be listed. */
  readonly images?: () => ImageService
  readonly trainerHost: TrainerHost
  /** Where runs can be jobs of a cluster; without it they can't. */
  readonly cluster?: ClusterHost
  readonly logger: Logger
  readonly appVersion: string
  /** Folder with the shipped configurations. */
  readonly configsDir: string
  readonly demoData: () => Promise<DemoData>
  /** Folder of the runtimes that the person has installed; default: in the person's cache. */
  readonly runtimesDir?: string
  /**
   * The network of a configuration with its quantizers, as pure data. Handed in, since the engine knows no training code.
   * Throws CONFIG_INVALID where network, image size and device do not go together.
   */
  readonly describeNetwork: (config: TrainingConfig) => NetworkOutline
  /** False leaves runs that an earlier engine had queued alone until they are resumed: for short-lived commands. Default true. */
  readonly startQueued?: boolean
  /** Memory that trainers can still get, in bytes; default: what the system says. */
  readonly availableBytes?: () => number
  /** How the CLI is called in the command that repeats a run; default: as this installation has it. */
  readonly commandPrefix?: string
  readonly now?: () => number
  /** How patient the engine is with trainers; shorter in tests. */
  readonly watchTimes?: WatchTimes
}

export interface Engine {
  /** Answers a client until its channel closes. */
  serve(channel: Channel): void
  /** Stops trainers after their step (10 s, then kill), records their runs as interrupted, closes the store. */
  close(): Promise<void>
}

export interface OpenWorkspaceOptions extends Omit<EngineDeps, 'store' | 'demoData'> {
  readonly demoData?: EngineDeps['demoData']
  /** Hears what the person has to know about the opening, where this process becomes the owner. */
  readonly onNotice?: (notice: string) => void
}

/** A workspace that is open here, or in another process that this one has attached to. */
export interface WorkspaceConnection {
  readonly mode: 'owner' | 'attached'
  /** A new channel to the engine: give it to `createClient`, or bridge it to a page's port. */
  connect(): Promise<Channel>
  /** Resolves with the reason when the workspace is no longer served; after `attached`, open it again. */
  readonly closed: Promise<string>
  close(): Promise<void>
}
