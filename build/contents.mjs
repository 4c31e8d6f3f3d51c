/**
 * What goes into the application's archive. Everything is denied first and each file allowed by its name or folder, so a file that nobody
 * thought of stays out. electron-builder reads the list from top to bottom and the last word on a file counts; `${platform}` and `${arch}` are its own.
 */

/** Packages that are loaded when the program runs, with the files of each that are; all others only serve to build these. */
const PACKAGES = {
  '@julusian/jpeg-turbo': ['index.js', 'binding-options.js', 'prebuilds/jpeg-turbo-${platform}-${arch}/*'],
  '@tensorflow/tfjs-backend-wasm': ['dist/tf-backend-wasm.node.js', 'dist/tfjs-backend-wasm{,-simd}.wasm'],
  '@tensorflow/tfjs-converter': ['dist/tf-converter.node.js'],
  '@tensorflow/tfjs-core': ['dist/tf-core.node.js'],
  '@tensorflow/tfjs-node-gpu': ['lib/napi-v8/tfjs_binding.node'],
  bindings: ['bindings.js'],
  'buffer-crc32': ['dist/index.cjs'],
  commander: ['{index.js,esm.mjs}', 'lib/*.js'],
  'file-uri-to-path': ['index.js'],
  'jsonc-parser': ['lib/umd/**/*.js'],
  'onnxruntime-common': ['dist/cjs/**/*.{js,json}'],
  'onnxruntime-node': ['dist/*.js', 'bin/napi-v6/${platform}/${arch}/*'],
  pend: ['index.js'],
  'pkg-prebuilds': ['bindings.js', 'lib/prebuild.js'],
  sqlite3: ['lib/*.js', 'build/Release/node_sqlite3.node'],
  ws: ['{index.js,wrapper.mjs}', 'lib/*.js'],
  yauzl: ['{index,fd-slicer,crc32}.js'],
  yazl: ['index.js'],
  zod: ['index.js', 'v4/**/*.js'],
}

/** A package's own files besides: what it is, and under which licence it is given away. */
const EVERY_PACKAGE = ['package.json', '{LICENSE,LICENSE.md,LICENCE,license}']

/** Bundles that only run under a Node of the person's own. */
const NODE_ONLY = ['cli.js', 'cli-trainer.js', 'cli-verifier.js']

export const packageNames = Object.keys(PACKAGES)

export const contents = [
  '!**/*',
  'package.json',
  'out/main/**/*.js',
  'out/preload/*.cjs',
  'out/renderer/**/*.{html,js,css,svg,woff2}',
  ...Object.entries(PACKAGES).flatMap(([name, files]) => [...EVERY_PACKAGE, ...files].map((file) => `node_modules/${name}/${file}`)),
  ...NODE_ONLY.map((file) => `!out/main/${file}`),
]

/** Native code cannot be loaded out of an archive. */
export const unpacked = ['**/*.node', 'node_modules/onnxruntime-node/bin/**', 'node_modules/@julusian/jpeg-turbo/prebuilds/**']
