import { defineConfig } from 'vitest/config'

/** The real application, driven from outside: one file at a time, since each starts processes that want the whole machine. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    exclude: ['e2e/package.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 180_000,
  },
})
