import { defineConfig } from 'vitest/config'

/** Measurements of the built application; apart from the tests, since their figures depend on what else the machine does. */
export default defineConfig({
  test: { include: ['e2e/bench/*.bench.ts'], environment: 'node', fileParallelism: false, testTimeout: 900_000, hookTimeout: 300_000 },
})
