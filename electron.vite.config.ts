import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'
import { listBundledPackages } from './build/bundled-packages'
import { minifyPackages } from './build/minify-packages'

const at = (path: string): string => resolve(import.meta.dirname, path)

/** One build for everything that runs under Node or in Electron's main side; packages stay outside, native addons must. */
export default defineConfig({
  main: {
    plugins: [listBundledPackages(), minifyPackages()],
    build: {
      externalizeDeps: true,
      outDir: 'out/main',
      rollupOptions: {
        input: {
          index: at('electron/start.ts'),
          desktop: at('electron/main/index.ts'),
          command: at('electron/command/index.ts'),
          engine: at('electron/engine.ts'),
          trainer: at('electron/trainer.ts'),
          cli: at('src/cli/index.ts'),
          'cli-trainer': at('src/cli/trainer-process.ts'),
          'cli-verifier': at('src/cli/verifier-process.ts'),
          verifier: at('electron/verifier.ts'),
          'loader-worker': at('src/data/loader-worker.ts'),
          'image-worker': at('src/data/browse/image-worker.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    plugins: [listBundledPackages()],
    build: {
      externalizeDeps: false,
      outDir: 'out/preload',
      rollupOptions: {
        input: { index: at('electron/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('renderer'),
    plugins: [vue(), listBundledPackages()],
    build: { outDir: at('out/renderer'), rollupOptions: { input: { index: at('renderer/index.html') } } },
  },
})
