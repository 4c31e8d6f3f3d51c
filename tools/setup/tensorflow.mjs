import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { platform } from 'node:os'
import { join, resolve } from 'node:path'
import { findByDigest } from './checksum.mjs'
import { findPip } from './compilers.mjs'
import { pins, target } from './places.mjs'
import { SetupError } from './setup-error.mjs'
import { fillFolder, runStep, stampIn } from './step.mjs'
import { unzip } from './unzip.mjs'

const { version, python, abi, wheels } = pins.tensorflow
const HEADERS = /^tensorflow\/include\/(tensorflow|xla|tsl|absl)\/.*\.(h|inc)$/

/** File names of libtensorflow's two libraries on this platform. */
export const libraries =
  platform() === 'darwin'
    ? ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']
    : ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']

/** Folder with libtensorflow and its headers: the one named by `FRACBITS_TF_DIR`, else ours in the cache. */
export function tensorflowFolder(cache) {
  const named = process.env.FRACBITS_TF_DIR
  return named ? resolve(named) : join(cache, `tensorflow-${version}-${target}`, 'tensorflow')
}

/** Gets libtensorflow out of the official Python wheel, whose sha256 is pinned. Python, ABI and platform are fixed: one file for every host Python. */
export async function prepareTensorflow({ cache, tools }) {
  const folder = tensorflowFolder(cache)
  const exists = () => libraries.every((name) => existsSync(join(folder, name)))
  if (process.env.FRACBITS_TF_DIR) {
    if (exists()) return undefined
    throw new SetupError(
      `FRACBITS_TF_DIR is ${folder}, but ${libraries[0]} is not in it; point it to the "tensorflow" folder of an installed TensorFlow, or unset it.`,
    )
  }
  const pin = wheels[target]
  if (!pin)
    throw new SetupError(`No TensorFlow is pinned for ${target}; set FRACBITS_TF_DIR to a folder with libtensorflow ${version} and its headers.`)

  const base = resolve(folder, '..')
  return runStep({
    stampFile: stampIn(base, 'tensorflow'),
    inputs: [version, pin],
    exists,
    make: async () => {
      const wheel = await fetchWheel({ cache, tools, pin })
      await fillFolder(base, (part) => unzip(wheel, part, (name) => (isNeeded(name) ? name : undefined)))
      rmSync(wheel)
      return version
    },
  })
}

const isNeeded = (name) => name.startsWith('tensorflow/libtensorflow_') || HEADERS.test(name) || name === 'tensorflow/THIRD_PARTY_NOTICES.txt'

/** A whole wheel left by an interrupted set-up is used again; pip removes a broken one itself. */
async function fetchWheel({ cache, tools, pin }) {
  const downloads = join(cache, 'downloads')
  mkdirSync(downloads, { recursive: true })
  const whole = await findByDigest(downloads, '.whl', pin.sha256)
  if (whole) return whole

  const [command, ...pythonArgs] = await findPip(tools)
  const requirement = join(downloads, 'tensorflow.txt')
  writeFileSync(requirement, `${pin.package}==${version} --hash=sha256:${pin.sha256}\n`)
  const options = [
    '--no-deps',
    '--require-hashes',
    '--only-binary=:all:',
    '--python-version',
    python,
    '--implementation',
    'cp',
    '--abi',
    abi,
    '--platform',
    pin.platform,
  ]
  const quiet = ['-q', '--no-cache-dir', '--disable-pip-version-check', '--no-input']
  const result = await tools.attempt(command, [...pythonArgs, '-m', 'pip', 'download', ...quiet, ...options, '-r', requirement, '-d', downloads])
  rmSync(requirement)
  if (/DO NOT MATCH THE HASHES/i.test(result.output)) {
    throw new SetupError(
      `The TensorFlow ${version} that was offered does not have the pinned sha256 and was thrown away; check which package index pip uses, or set FRACBITS_TF_DIR to a TensorFlow you trust.`,
    )
  }
  const wheel = await findByDigest(downloads, '.whl', pin.sha256)
  if (wheel) return wheel
  const reason =
    result.output
      .trim()
      .split('\n')
      .filter((line) => /error/i.test(line))
      .at(-1) ?? result.output.trim().split('\n').at(-1)
  throw new SetupError(
    `TensorFlow ${version} could not be downloaded (${reason}); check the network and pip's settings and run this again, or set FRACBITS_TF_DIR.`,
  )
}
