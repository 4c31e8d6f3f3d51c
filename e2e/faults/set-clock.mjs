/*
 * Loaded into every process of the application before anything else: the wall clock runs as the file SET_CLOCK_FILE says, so many milliseconds
 * beside the machine's own. The machine's clock can't be set in a test: it belongs to everybody on it.
 */
import { readFileSync } from 'node:fs'
import process from 'node:process'

const RealDate = Date
const offset = () => Number(readFileSync(process.env.SET_CLOCK_FILE, 'utf8')) || 0

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offset())
    else super(...given)
  }
  static now() {
    return RealDate.now() + offset()
  }
}
