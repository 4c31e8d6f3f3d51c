import { mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareAddon } from './setup/addon.mjs'
import { createDebian } from './setup/debian.mjs'
import { prepareDemoData } from './setup/demo-data.mjs'
import { prepareElectron } from './setup/electron.mjs'
import { preparePackages } from './setup/npm-packages.mjs'
import { cacheFolder, root } from './setup/places.mjs'
import { preparePythonPackages } from './setup/python-packages.mjs'
import { createReporter, seconds } from './setup/reporter.mjs'
import { createToolRunner } from './setup/run-tool.mjs'
import { SetupError } from './setup/setup-error.mjs'
import { lockSetup } from './setup/setup-lock.mjs'
import { prepareSqlite } from './setup/sqlite.mjs'
import { prepareSystem } from './setup/system-packages.mjs'
import { prepareTensorflow } from './setup/tensorflow.mjs'

const OLDEST_NODE = [20, 19]
const LOG_LIMIT_BYTES = 2 << 20

/**
 * Makes this checkout ready to run: everything that is missing, nothing that is there. Rejects with a SetupError naming the remedy.
 * @param {{ forTests?: boolean, verbose?: boolean }} options `forTests`: also what the test suite needs; `verbose`: a line for steps with nothing to do
 * @returns {Promise<{ cache: string, changed: boolean, elapsedMs: number }>}
 */
export async function setUp({ forTests = false, verbose = false } = {}) {
  const startedAt = Date.now()
  requireNode()
  const cache = cacheFolder()
  const logFile = join(cache, 'setup.log')
  openLog(cache, logFile)
  const reporter = createReporter(verbose)
  const release = await lockSetup(cache, reporter.warn)
  const tools = createToolRunner(logFile)
  const context = { cache, tools, forTests, debian: createDebian(tools), warn: reporter.warn, retry: verbose }
  const onSignal = () => {
    tools.cancel()
    release()
    process.exit(130)
  }
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  try {
    const { step } = reporter
    await step('npm packages', () => preparePackages(context))
    // three chains side by side: a compiler keeps the processor busy while the others wait for the network
    const chains = [
      step('SQLite addon', () => prepareSqlite(context)),
      step('libtensorflow', () => prepareTensorflow(context)).then(() => step('TensorFlow addon', () => prepareAddon(context))),
      step('Electron', () => prepareElectron(context))
        .then(() => step('system packages', () => prepareSystem(context)))
        .then(() => step('demo data', () => prepareDemoData(context)))
        .then(() => step('Python packages', () => preparePythonPackages(context))),
    ]
    await Promise.all(chains).catch(async (error) => {
      tools.cancel()
      await Promise.allSettled(chains)
      throw error
    })
  } finally {
    reporter.end()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    release()
  }
  return { cache, changed: reporter.changed(), elapsedMs: Date.now() - startedAt }
}

/** Runs set-up as a program does: one sentence and exit code 1 when it cannot go on. */
export async function setUpOrExit(options) {
  try {
    return await setUp(options)
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    process.stderr.write(`[setup] ${error.message}\n`)
    process.exit(1)
  }
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_NODE
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  throw new SetupError(`Node ${process.versions.node} is too old; install Node ${OLDEST_NODE.join('.')} or newer and run this again.`)
}

function openLog(cache, logFile) {
  try {
    mkdirSync(cache, { recursive: true })
    // the log of many set-ups, but not without end
    writeFileSync(logFile, `== ${new Date().toISOString()} ${root}\n`, {
      flag: (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES ? 'w' : 'a',
    })
  } catch (error) {
    throw new SetupError(`The cache folder ${cache} cannot be written (${error.code}); make it writable or name another in FRACBITS_CACHE.`)
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { elapsedMs, cache } = await setUpOrExit({ verbose: true, forTests: process.argv.includes('--for-tests') })
  process.stderr.write(`[setup] ready in ${seconds(elapsedMs)}; shared files are in ${cache}\n`)
}
