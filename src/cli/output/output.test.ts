import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../contract/api'
import type { RunPhase, RunProgress } from '../../contract/entities'
import { StudioError } from '../../contract/errors'
import { withImpliedCommand } from '../program'
import { formatIssue, printError } from './error-text'
import { formatCount, formatDuration, formatSize } from './format'
import { createBarReporter, createLineReporter } from './run-reporter'
import { renderTable } from './table'

const runId = 'abcdefgh'
const sink = (columns = 80): { text: string; columns: number; write(text: string): void } => ({
  text: '',
  columns,
  write(text) {
    this.text += text
  },
})
const progress = (phase: RunPhase, epoch: number, step: number): RunEvent => {
  const value: RunProgress = {
    phase,
    epoch,
    epochs: 2,
    step,
    totalSteps: 100,
    imagesPerSecond: 10,
    etaSeconds: 5,
    device: 'CPU',
    residentBytes: 1,
    nativeTensors: 1,
    dataWaitFraction: 0,
    stepAt: 0,
  }
  return { type: 'progress', runId, progress: value }
}

describe('line reporter', () => {
  it('writes one line about every 5 s, and one for every phase and epoch', () => {
    const out = sink()
    let time = 0
    const reporter = createLineReporter(out, () => time)
    for (let step = 0; step < 20; step++) {
      reporter.event(progress('fp32-training', step < 10 ? 0 : 1, step))
      time += 1_000
    }
    reporter.event(progress('fp32-evaluation', 1, 20))
    expect(
      out.text
        .trim()
        .split('\n')
        .map((line) => line.trim().split('  ').slice(0, 2).join(' ')),
    ).toEqual(['0% FP32 training', '5% FP32 training', '10% FP32 training', '15% FP32 training', '20% FP32 evaluation'])
  })
})

describe('bar reporter', () => {
  it('keeps the bar on one line, within the width the terminal has now, below what is said', () => {
    const out = sink(100)
    const reporter = createBarReporter(out)
    reporter.event(progress('fp32-training', 0, 50))
    out.columns = 30
    reporter.note('Stopping.')
    reporter.end()
    const [before, after] = out.text.split('Stopping.\n')
    expect(
      before
        ?.split('\r\u001b[K')
        .map((line) => line.length)
        .every((length) => length < 100),
    ).toBe(true)
    expect(after?.split('\r\u001b[K')[1]?.length).toBeLessThan(30)
    expect(out.text.endsWith('\r\u001b[K')).toBe(true)
  })
})

describe('errors', () => {
  it('put every issue at its place in the file', () => {
    const issue = { path: 'optimizer.base_lr', message: 'must be positive', found: '-1', allowed: 'above 0 up to 100', line: 7, column: 12 }
    expect(formatIssue(issue, 'a.jsonc')).toBe('a.jsonc:7:12  optimizer.base_lr: must be positive (found -1, allowed above 0 up to 100)')
    expect(formatIssue({ path: '', message: 'is empty' }, 'a.jsonc')).toBe('a.jsonc  is empty')
  })

  it('are one object on stdout in JSON mode, and words on stderr always', () => {
    const [out, err] = [sink(), sink()]
    printError({ out, err, env: {}, cwd: '/' }, new StudioError('NOT_FOUND', 'There is no such run.'), { json: true })
    expect(JSON.parse(out.text)).toEqual({ type: 'error', code: 'NOT_FOUND', message: 'There is no such run.' })
    expect(err.text).toBe('fracbits: There is no such run.\n')
  })
})

describe('formats', () => {
  it.each([
    [8, '1 B'],
    [361_008, '45.1 kB'],
    [7_996_000, '1.00 MB'],
    [8e9, '1.00 GB'],
  ])('%d bits are %s', (bits, text) => expect(formatSize(bits)).toBe(text))
  it.each([
    [4.4, '4s'],
    [65, '1m05s'],
    [3_725, '1h02m'],
    [-1, '0s'],
  ])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))
  it('groups digits', () => expect(formatCount(2_171_136)).toBe('2,171,136'))
  it('aligns columns', () => {
    expect(
      renderTable(
        [{ title: 'a' }, { title: 'b', align: 'right' }],
        [
          ['long', '1'],
          ['x', '22'],
        ],
      ),
    ).toBe('a      b\n----  --\nlong   1\nx     22\n')
  })
})

describe('the older spelling', () => {
  it.each([
    [
      ['-m', 'train', '-c', 'x'],
      ['train', '-m', 'train', '-c', 'x'],
    ],
    [['--config=x'], ['train', '--config=x']],
    [['--help'], ['--help']],
    [
      ['show', '-c'],
      ['show', '-c'],
    ],
    [[], []],
  ])('%j means %j', (given, meant) => expect(withImpliedCommand(given)).toEqual(meant))
})
