import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const module = pathToFileURL(join(import.meta.dirname, 'child.mjs')).href

/** A program that runs `program` in the foreground as `npm start` does, in a process group of its own. */
function startRunner(program) {
  const script = `import { runForeground } from ${JSON.stringify(module)}
process.exitCode = await runForeground(process.execPath, ['-e', ${JSON.stringify(program)}], {})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), exit: once(child, 'exit') }
}

const nextLine = async (lines) => (await lines.next()).value
// counts interrupts; ends with their number as exit code
const COUNTER = `let n = 0
process.on('SIGINT', () => console.log('interrupt', ++n))
process.on('SIGTERM', () => process.exit(n))
setInterval(() => {}, 1000); console.log('up')`

describe.skipIf(process.platform === 'win32')('a program in the foreground', () => {
  it('gives its exit code', async () => {
    const { exit } = startRunner('process.exit(3)')
    expect((await exit)[0]).toBe(3)
  })

  it('gives 128 and the number of the signal that ended it', async () => {
    const { exit } = startRunner("process.kill(process.pid, 'SIGKILL')")
    expect((await exit)[0]).toBe(137)
  })

  it('gets an interrupt once although the group and npm both send it', async () => {
    const { child, lines, exit } = startRunner(COUNTER)
    expect(await nextLine(lines)).toBe('up')
    process.kill(-child.pid, 'SIGINT')
    process.kill(child.pid, 'SIGINT')
    expect(await nextLine(lines)).toBe('interrupt 1')
    process.kill(child.pid, 'SIGTERM')
    expect((await exit)[0]).toBe(1)
  })
})
