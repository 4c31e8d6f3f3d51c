/** A model in a runtime, ready for images. */
export interface Session {
  /** Pixels of 0 to 255, [count, height, width, channels]; gives logits [count, classes]. */
  run(pixels: Uint8Array, shape: readonly number[]): Promise<Float32Array>
  close(): Promise<void> | void
}
