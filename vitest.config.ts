import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

/** Two projects: everything under Node, and Vue components in a simulated page. The end-to-end suite runs apart (`tools/run.mjs`). */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'node', environment: 'node', globalSetup: ['src/data/testing/build-loader-worker.ts'], include: ['src/**/*.test.ts', 'electron/**/*.test.ts', 'tools/**/*.test.{ts,mjs}', 'build/**/*.test.{ts,mjs}'], testTimeout: 60_000, hookTimeout: 60_000 } },
      { plugins: [vue()], test: { name: 'renderer', environment: 'happy-dom', include: ['renderer/src/**/*.test.ts'] } },
    ],
  },
})
