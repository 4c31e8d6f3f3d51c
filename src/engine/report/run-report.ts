import type { Baselines } from '../../contract/baselines'
import type { Checkpoint } from '../../contract/entities'
import type { ExportRecord, Verification } from '../../contract/exports'
import type { RunRecord } from '../../store/repositories/runs'
import { createRedactor } from '../../util/redact'
import { commandLineOf, quoteArgument } from '../command-line'
import { ELSEWHERE } from '../images-elsewhere'
import { escaped, htmlPage, htmlTable, section } from './html'
import { bitsOfWeights, widthWords } from './kernel-words'
import { widthChart } from './width-chart'

export interface ReportInputs {
  readonly run: RunRecord
  readonly baselines: Baselines
  readonly exports: readonly ExportRecord[]
  readonly checkpoints: readonly Checkpoint[]
  readonly commandPrefix: string
  readonly now: number
}

const count = (value: number): string => value.toLocaleString('en-US')
const percent = (value: number): string => `${value.toFixed(2)} %`
const rate = (value: number): string => `${value.toFixed(3)}x`
const KINDS = { fp32: 'FP32', int8: 'INT8', rounded: 'Uniform, not trained', uniform: 'Uniform', mixed: 'Mixed precision' } as const

/** Reports are sent to others: the person's home folder is written as `~` wherever it stands. */
const withoutHome = (inputs: ReportInputs): ReportInputs => JSON.parse(createRedactor()(JSON.stringify(inputs))) as ReportInputs

/** Everything that someone needs who wants to believe a run: one page, printable, without anything from outside. */
export function runReport(given: ReportInputs): string {
  const inputs = withoutHome(given)
  const { run, exports, now } = inputs
  const head = `<h1>${escaped(run.name)}</h1>\n<p class="muted">${escaped(`${run.model} on ${run.dataset}, run ${run.id}, ${run.status}; report of ${new Date(now).toISOString()}`)}</p>`
  const parts = [
    head,
    accuracies(run),
    baselines(inputs),
    budget(run),
    widths(run),
    sizes(run),
    ...exports.map(exported),
    configuration(run),
    environment(inputs),
    repetition(inputs),
  ]
  return htmlPage(`${run.name} – FracBits Studio`, parts.join('\n'))
}

function accuracies({ result }: RunRecord): string {
  if (result === null || result.rows.length === 0) return section('Accuracy', '<p>Nothing has been evaluated yet.</p>')
  const float = result.rows.find(({ kind }) => kind === 'fp32')
  const rows = result.rows.map((row) => [
    KINDS[row.kind],
    percent(row.top1),
    float === undefined ? '' : (row.top1 - float.top1).toFixed(2),
    percent(row.top5),
    count(row.images),
    count(row.sizeBits),
    rate(row.rate),
    row.note,
  ])
  const columns = [
    { title: 'Model' },
    { title: 'Top-1', number: true },
    { title: 'to FP32', number: true },
    { title: 'Top-5', number: true },
    { title: 'Images', number: true },
    { title: 'Size in bits', number: true },
    { title: 'Rate', number: true },
    { title: 'How' },
  ]
  const target =
    result.targetRate === null ? '' : `<p>Wanted rate: ${rate(result.targetRate)} (size of the same weights at 8 bits divided by their size).</p>`
  const missing = (['fp32', 'int8'] as const).filter((kind) => !result.rows.some((row) => row.kind === kind))
  const caution =
    missing.length === 0
      ? ''
      : `<p class="bad">Without ${missing.map((kind) => KINDS[kind]).join(' and ')} of this run there is nothing to judge the mixed-precision accuracy by.</p>`
  return section('Accuracy', htmlTable(columns, rows) + target + caution)
}

const ROLES = { int8: 'INT8', uniform: 'Uniform' } as const

/** Mixed precision is never shown without what it is judged by, or that it is missing. */
function baselines({ run, baselines: { baselines: found, missing, verdict }, commandPrefix }: ReportInputs): string {
  if (run.result?.rows.some(({ kind }) => kind === 'mixed') !== true) return ''
  const rows = found.flatMap(({ role, weightBits, activationBits, rows: results, runId }) =>
    results.map((row) => [ROLES[role], `${String(weightBits)} / ${String(activationBits)}`, percent(row.top1), count(row.sizeBits), rate(row.rate), row.note, runId]),
  )
  const columns = [{ title: 'Baseline' }, { title: 'Bits, weights / activations' }, { title: 'Top-1', number: true }, { title: 'Size in bits', number: true }, { title: 'Rate', number: true }, { title: 'How' }, { title: 'Run' }]
  const lacking =
    missing.length === 0
      ? ''
      : `<p class="bad">${escaped(`The accuracy at mixed precision can't be judged without ${missing.map((role) => ROLES[role]).join(' and ')}: "${commandPrefix} baselines ${run.id}" trains what is missing.`)}</p>`
  const said = verdict === null ? '' : `<p class="${verdict.pays ? 'good' : 'bad'}">${escaped(verdict.sentence)}</p>`
  return section('Baselines', said + (rows.length === 0 ? '' : htmlTable(columns, rows)) + lacking)
}

const BUDGETS = { model_size: 'Size of the weights', bitops: 'Bit operations of an image', hardware: 'Cost on the device' } as const

function budget({ quantizers, result }: RunRecord): string {
  if (result?.budget === undefined) return ''
  const { kind, method, cost, limit, unit, rate: achieved, targetRate, flips, kernelFlips = 0 } = result.budget
  const head = `<p>${escaped(`${BUDGETS[kind]}: ${count(Math.round(cost))} of ${count(Math.floor(limit))} ${unit}; rate ${rate(achieved)} for ${rate(targetRate)}, by ${method} rounding.${kernelFlips === 0 ? '' : ` ${count(kernelFlips)} kernels have another width than by plain rounding.`}`)}</p>`
  const rows = flips.map(({ quantizer, from, to }) => [quantizers[quantizer]?.id ?? String(quantizer), String(from), String(to)])
  const table = htmlTable([{ title: 'Rounded otherwise than plainly' }, { title: 'Plain', number: true }, { title: 'Used', number: true }], rows)
  return section('Budget', flips.length === 0 ? head : head + table)
}

function widths({ quantizers, result }: RunRecord): string {
  if (result === null || result.widths.length === 0) return ''
  return section(
    'Bit-widths',
    `${result.kernelWidths === undefined ? '' : '<p>Each kernel of a weight has a width of its own; a bar is the mean of a layer’s kernels.</p>\n'}<h3>Weights</h3>\n${widthChart(quantizers, result.widths, 'weight')}\n<h3>Activations</h3>\n${widthChart(quantizers, result.widths, 'activation')}`,
  )
}

function sizes({ quantizers, result }: RunRecord): string {
  if (result === null || result.widths.length === 0) return ''
  const rows = quantizers.flatMap((quantizer, i) => {
    const bits = result.widths[i] ?? 0
    return quantizer.kind === 'weight'
      ? [
          [
            quantizer.layer,
            count(quantizer.elements),
            widthWords(result, i),
            count(bitsOfWeights(quantizer.elements, bits)),
            count(Math.ceil(bitsOfWeights(quantizer.elements, bits) / 8)),
          ],
        ]
      : []
  })
  const total = (of: (elements: number, bits: number) => number): number =>
    quantizers.reduce((sum, { elements }, i) => sum + of(elements, result.widths[i] ?? 0), 0)
  const bits = total(bitsOfWeights)
  rows.push([
    'All',
    count(total((elements) => elements)),
    (bits / total((elements) => elements)).toFixed(2),
    count(bits),
    count(total((elements, width) => Math.ceil(bitsOfWeights(elements, width) / 8))),
  ])
  const columns = [
    { title: 'Layer' },
    { title: 'Weights', number: true },
    { title: 'Width', number: true },
    { title: 'Bits', number: true },
    { title: 'Bytes', number: true },
  ]
  return section('Size of the weights', htmlTable(columns, rows))
}

const VERDICTS: Readonly<Record<Verification['verdict'], string>> = {
  same: 'predicts as the trainer’s integer model does',
  close: 'predicts nearly as the trainer’s integer model does',
  differs: 'does not predict as the trainer’s integer model does',
  unchecked: 'is intact, but was not compared',
  wrong: 'is wrong',
}

function exported({ format, file, sha256, size, verification, checkpointSha256 }: ExportRecord): string {
  const compared = verification?.comparison
  const rows = [
    ['File', file],
    ['sha256', sha256],
    ['Made from the checkpoint', checkpointSha256],
    ['Whole file', `${count(size.sizeBytes)} bytes`],
    ['Weights', `${count(size.payloadBits)} bits, in ${count(size.payloadBytes)} bytes`],
    ['Everything else', `${count(size.sizeBytes - size.payloadBytes)} bytes`],
    ['Rate', rate(size.rate)],
    ...(compared ? [['Equal predictions', `${count(compared.equal)} of ${count(compared.images)}`]] : []),
    ...(compared ? [['Largest difference of a logit', compared.largestDifference.toExponential(2)]] : []),
    ...(compared ? [['Accuracy', `${percent(compared.top1)} by the file, ${percent(compared.referenceTop1)} by the trainer’s integer model`]] : []),
    ...(verification === null ? [] : [['Checked with', `${verification.runtime}, ${new Date(verification.checkedAt).toISOString()}`]]),
    ...(verification?.problems ?? []).map((problem) => ['Problem', problem]),
  ]
  const tone = verification?.verdict === 'same' || verification?.verdict === 'close' ? 'good' : 'bad'
  const verdict =
    verification === null ? '<p class="bad">The file has not been checked.</p>' : `<p class="${tone}">The file ${VERDICTS[verification.verdict]}.</p>`
  return section(`Exported file (${format})`, verdict + htmlTable([{ title: '' }, { title: '' }], rows))
}

const configuration = ({ config }: RunRecord): string => section('Configuration', `<pre>${escaped(JSON.stringify(config, null, 2))}</pre>`)

function environment({ run, checkpoints }: ReportInputs): string {
  const facts = run.environment === null ? [] : Object.entries(run.environment).map(([name, value]) => [name, String(value)])
  const hashes = checkpoints.slice(0, 3).map(({ file, sha256 }) => [file, sha256])
  return section('Environment and hashes', htmlTable([{ title: '' }, { title: '' }], [...facts, ['data', run.dataDir === ELSEWHERE ? 'imported: not known on this machine' : run.dataDir], ...hashes]))
}

function repetition({ run, exports, commandPrefix }: ReportInputs): string {
  const [first] = exports
  const lines = [
    commandLineOf(run, commandPrefix),
    `${commandPrefix} export ${run.id} --format ${first?.format ?? 'onnx'}`,
    ...exports.map(({ file }) => `${commandPrefix} verify ${quoteArgument(file)}`),
  ]
  return section('How to repeat it', `<pre>${escaped(lines.join('\n'))}</pre>`)
}
