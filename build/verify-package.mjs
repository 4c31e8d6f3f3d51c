import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { listPackage } from '@electron/asar'
import { packageNames } from './contents.mjs'
import { fuseProblems } from './fuses.mjs'
import { nativeFiles } from './native-code.mjs'

const MEGABYTE = 1e6
/** A growth by more than a tenth wants a look; the measured sizes are in the README. */
const LIMITS = { 'resources/app.asar': 10 * MEGABYTE, 'resources/app.asar.unpacked': 56 * MEGABYTE, '': 960 * MEGABYTE }

/** Nothing of this kind is needed to run the program. */
const UNWANTED = [
  [/\.(ts|mts|cts|tsx|vue|map|h|hpp|c|cc|cpp|gyp|gypi|o|a|d|mk|tsbuildinfo|stamp|log|pdb)$/, 'a source, or left over from building'],
  [/\.(test|spec|bench|shots)\.[cm]?js$|\/(test|tests|__tests__|fixtures)\//, 'a test'],
  [/^resources\/default_app\.asar$/, 'the program of an Electron that runs without ours'],
  [/^out\/main\/cli/, 'for people with a Node of their own'],
]

const REQUIRED = [
  'fracbits',
  'fracbits-studio',
  'chrome-sandbox',
  'LICENSE.electron.txt',
  'LICENSES.chromium.html',
  'resources/LICENSES.packages.txt',
  'resources/configs/demo-fashion-mnist.jsonc',
  'resources/configs/runtimes/gpu-2.21.0.json',
  'resources/tensorflow/libtensorflow_cc.so.2',
  'resources/tensorflow/libtensorflow_framework.so.2',
  'resources/tensorflow/THIRD_PARTY_NOTICES.txt',
  'out/main/index.js',
  'out/main/desktop.js',
  'out/main/command.js',
  'out/main/engine.js',
  'out/main/trainer.js',
  'out/main/verifier.js',
  'out/main/loader-worker.js',
  'out/main/image-worker.js',
  'out/preload/index.cjs',
  'out/renderer/index.html',
  'node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
  'package.json',
]

/** What is wrong with the unpacked application in `folder`, a sentence each; none when it may be given away. */
export async function verifyPackage(folder) {
  return [...contentProblems(folder), ...sizeProblems(folder), ...(await fuseProblems(join(folder, 'fracbits-studio')))]
}

/** What should not be in the package, and what should and is not. */
export function contentProblems(folder) {
  const resources = join(folder, 'resources')
  const unpacked = join(resources, 'app.asar.unpacked')
  const outside = filesUnder(folder)
  const archived = listPackage(join(resources, 'app.asar')).map((path) => path.slice(1).replaceAll('\\', '/'))
  const all = [...outside, ...archived]
  const addons = nativeFiles(unpacked).filter((file) => file.endsWith('.node'))
  return [
    ...all.flatMap((file) =>
      UNWANTED.filter(([pattern]) => pattern.test(file)).map(([, what]) => `${file} should not be in the package: it is ${what}.`),
    ),
    ...REQUIRED.filter((file) => !all.includes(file)).map((file) => `${file} is missing.`),
    ...packageProblems(archived),
    ...outside.flatMap((file) => linkProblems(folder, file)),
    ...addons.flatMap((file) => addonProblems(join(unpacked, file), file)),
  ]
}

/** All files and links, relative to the folder. */
export function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
}

/** Exactly the packages that are allowed by name, no other. */
function packageProblems(archived) {
  const found = new Set(archived.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/@][^/]*)\//.exec(file)?.[1] ?? []))
  return [
    ...[...found].filter((name) => !packageNames.includes(name)).map((name) => `The package ${name} is not one that the program loads.`),
    ...packageNames.filter((name) => !found.has(name)).map((name) => `The package ${name} is missing.`),
  ]
}

/** Links stay inside: the folder is moved to other places. */
function linkProblems(folder, file) {
  const target = realpathOrNull(join(folder, file))
  if (target === null) return [`${file} is a link that leads nowhere.`]
  return relative(realpathSync(folder), target).startsWith('..') ? [`${file} is a link out of the package.`] : []
}

function realpathOrNull(path) {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}

/** An addon that uses V8 or Node directly fits one version of Electron only. */
export function addonProblems(path, name) {
  const symbols = readFileSync(path).toString('latin1')
  const direct = /\0(_ZNK?2v8|_ZN4node)[^\0]*/.exec(symbols)
  if (direct) return [`${name} uses ${direct[0].slice(1)}, so it is no N-API addon and fits one version of Electron only.`]
  return /\0napi_/.test(symbols) ? [] : [`${name} is no N-API addon.`]
}

function sizeProblems(folder) {
  return Object.entries(LIMITS).flatMap(([part, limit]) => {
    const path = join(folder, part)
    const bytes = statSync(path).isDirectory()
      ? filesUnder(path).reduce((sum, file) => sum + statSync(join(path, file)).size, 0)
      : statSync(path).size
    return bytes <= limit
      ? []
      : [`${part || 'The application'} has ${megabytes(bytes)}, more than ${megabytes(limit)}; find out what has come in, or raise the limit.`]
  })
}

const megabytes = (bytes) => `${(bytes / MEGABYTE).toFixed(1)} MB`
