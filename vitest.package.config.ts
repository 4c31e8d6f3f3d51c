import { defineConfig } from 'vitest/config'

/** The finished package, made, installed and used: the last and dearest step of `npm test`. */
export default defineConfig({
  test: { include: ['e2e/package.test.ts'], environment: 'node', fileParallelism: false, bail: 1, testTimeout: 600_000, hookTimeout: 180_000 },
})
