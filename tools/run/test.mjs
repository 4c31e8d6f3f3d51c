import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seconds } from '../setup/reporter.mjs'
import { hasNoDisplay, modules, root } from '../setup/places.mjs'
import { setUpOrExit } from '../setup.mjs'
import { buildIfNeeded } from './build.mjs'
import { runForeground } from './child.mjs'
import { runEnvironment } from './environment.mjs'

const tool = (path, ...args) => [process.execPath, [join(modules, path), ...args]]

/** `npm test`: every check in order of its price. */
export const test = () =>
  runSteps(({ run, vitest }) => [
    ['typecheck (Node)', () => run(tool('typescript/bin/tsc', '-p', 'tsconfig.node.json'))],
    ['typecheck (page)', () => run(tool('vue-tsc/bin/vue-tsc.js', '-p', 'tsconfig.web.json'))],
    ['typecheck (end-to-end tests)', () => run(tool('typescript/bin/tsc', '-p', 'tsconfig.e2e.json'))],
    ['lint', () => run(tool('eslint/bin/eslint.js', '.', '--max-warnings', '0'))],
    ['unit tests', () => vitest('vitest.config.ts', 'unit')],
    ['build', buildIfNeeded],
    ['end-to-end tests', () => vitest('vitest.e2e.config.ts', 'e2e', onVirtualDisplay)],
    packageStep(vitest),
  ])

/** `npm run test:package`: its last step alone. */
export const testPackage = () => runSteps(({ vitest }) => [['build', buildIfNeeded], packageStep(vitest)])

/** The package made, checked, and, where this is Debian and root, installed, used and removed. */
const packageStep = (vitest) => ['package', () => vitest('vitest.package.config.ts', 'package', onVirtualDisplay)]

const onVirtualDisplay = ([command, args]) =>
  hasNoDisplay() ? ['xvfb-run', ['-a', '-s', '-screen 0 1440x900x24', command, ...args]] : [command, args]

/** Sets up and does the steps in order, ending at the first that fails. Resolves with the exit code; the last line holds the totals. */
async function runSteps(stepsWith) {
  const { cache } = await setUpOrExit({ forTests: true })
  const env = { ...runEnvironment(cache), NODE_ENV: 'test' }
  const reports = mkdtempSync(join(tmpdir(), 'fracbits-test-'))
  const totals = { passed: 0, failed: 0, skipped: 0 }
  const run = ([command, args]) => runForeground(command, args, { cwd: root, env })

  const vitest = async (config, name, wrap = (call) => call) => {
    const report = join(reports, `${name}.json`)
    const code = await run(
      wrap(tool('vitest/vitest.mjs', 'run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`)),
    )
    addReport(totals, report)
    return code
  }

  const steps = stepsWith({ run, vitest })
  try {
    for (const [index, [name, body]] of steps.entries()) {
      const began = Date.now()
      const code = await body()
      if (code !== 0) {
        // a step that is no test run counts as one failure, so that the totals never look clean
        totals.failed ||= 1
        process.stdout.write(
          `[test] ${name}: FAILED (${seconds(Date.now() - began)})${index < steps.length - 1 ? '; the steps after it were not run' : ''}\n`,
        )
        return code
      }
      process.stdout.write(`[test] ${name}: ok (${seconds(Date.now() - began)})\n`)
    }
    return 0
  } finally {
    rmSync(reports, { recursive: true, force: true })
    if (totals.skipped > 0) process.stdout.write(`[test] ${totals.skipped} skipped\n`)
    process.stdout.write(`${totals.passed} passed, ${totals.failed} failed\n`)
  }
}

/** Adds a vitest report; a file that could not even be loaded is one failure. */
function addReport(totals, file) {
  if (!existsSync(file)) return
  const report = JSON.parse(readFileSync(file, 'utf8'))
  const brokenFiles = report.testResults.filter((result) => result.status === 'failed' && result.assertionResults.length === 0)
  totals.passed += report.numPassedTests
  totals.failed += report.numFailedTests + brokenFiles.length
  totals.skipped += report.numPendingTests + report.numTodoTests
}
