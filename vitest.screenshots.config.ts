import { defineConfig } from 'vitest/config'

/** Pictures of every screen instead of tests: `npm run screenshots`. */
export default defineConfig({
  test: { include: ['e2e/screenshots/*.shots.ts'], environment: 'node', fileParallelism: false, testTimeout: 600_000, hookTimeout: 180_000 },
})
