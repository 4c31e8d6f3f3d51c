import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const LOOK_AGAIN_MS = 300

/** One set-up at a time in a cache: another one waits for it. The lock of a process that is gone is taken over. Returns the release. */
export async function lockSetup(cache, say) {
  const file = join(cache, 'setup.lock')
  const own = `${file}.${process.pid}`
  let told = false
  for (;;) {
    if (take(file, own)) return () => rmSync(file, { force: true })
    const holder = holderOf(file)
    if (holder === undefined) continue
    if (!isAlive(holder)) {
      moveAside(file, own, holder)
      continue
    }
    if (!told) say(`Another set-up (process ${holder}) is at work; waiting for it. If there is none, delete ${file}.`)
    told = true
    await pause(LOOK_AGAIN_MS)
  }
}

/** The lock appears with its content or not at all: it is a link to a file already written. */
function take(file, own) {
  writeFileSync(own, String(process.pid))
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(own, { force: true })
  }
}

function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return undefined
  }
}

/** Removes a dead holder's lock, and puts it back if another process has taken it over in this moment. */
function moveAside(file, own, deadHolder) {
  try {
    renameSync(file, own)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  if (holderOf(own) !== deadHolder) linkSync(own, file)
  rmSync(own)
}

/** A lock with our own number is an old one: numbers are used again, in containers soon. */
function isAlive(pid) {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
