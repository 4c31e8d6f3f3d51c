import type { StudioNative } from '../../../src/contract/native'

declare global {
  interface Window {
    /** Set by the desktop shell's preload script; absent in a browser. */
    readonly studio?: StudioNative
  }
}
