import { integerGridQuantize, type MixedTerms, mixedQuantize, mixedTerms } from '../quantization/mixed-quantizer'
import { openGrid } from '../quantization/grid-table'
import type { Graph } from '../tensor/graph'
import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import { sumRowsTogether } from '../tensor/sum-rows'
import type { Tensor } from '../tensor/types'

/*
 * What lies between two convolutions is pointwise, except for sums over each channel: normalisation, a sum with another branch, a clipped
 * activation, a quantizer. As one compiled function it reads its input once or twice and writes its output once, and the backward pass
 * computes what lies between again instead of keeping it.
 */

/** The parts of a chain that are there, in this order. */
export interface ChainForm {
  /** By statistics of the batch, by running ones, or not at all. */
  readonly norm: { readonly statistics: 'batch' | 'running'; readonly epsilon: number; readonly momentum: number } | null
  /** Adds another feature map. */
  readonly adds: boolean
  readonly activation: 'relu' | 'relu6' | null
  /** `integer` takes the lower width alone; `kernelWise` gives each channel a width of its own. */
  readonly quantizer: { readonly perChannel: boolean; readonly asymmetric: boolean; readonly integer: boolean; readonly kernelWise?: boolean } | null
}

/** The feature map as a matrix. */
export interface ChainSize {
  readonly rows: number
  readonly channels: number
}

export interface NormInputs {
  readonly scale: Tensor
  readonly shift: Tensor
  /** Running statistics. */
  readonly mean: Tensor
  readonly variance: Tensor
}

export interface ChainInputs {
  /** [rows, channels], as is `addend`. */
  readonly x: Tensor
  readonly addend: Tensor | null
  readonly norm: NormInputs | null
  /** [GRID_ROWS, ranges], or a column for each channel kernel-wise. */
  readonly grid: Tensor | null
}

export interface ChainOutput {
  readonly y: Tensor
  /** What normalised, for the backward pass. */
  readonly moments: { readonly mean: Tensor; readonly inverse: Tensor } | null
  /** New running statistics, where those of the batch normalise. */
  readonly running: { readonly mean: Tensor; readonly variance: Tensor } | null
}

export interface ChainGradients {
  /** Of x; of the addend too where nothing normalises. */
  readonly x: Tensor
  readonly norm: { readonly scale: Tensor; readonly shift: Tensor } | null
  /** Of the quantizer, with respect to the range that it uses: [ranges] each, `bits` scalar, or [channels] kernel-wise. */
  readonly quantizer: { readonly range: Tensor; readonly low: Tensor | null; readonly bits: Tensor } | null
}

const RELU6 = 6

const nameOf = ({ norm, adds, activation, quantizer }: ChainForm, { rows, channels }: ChainSize): string =>
  [
    'chain',
    norm ? `${norm.statistics}_${String(norm.epsilon)}_${String(norm.momentum)}` : '',
    adds ? 'add' : '',
    activation ?? '',
    quantizer ? `${quantizer.asymmetric ? 'low' : 'sym'}_${quantizer.perChannel ? 'channel' : 'tensor'}${quantizer.kernelWise === true ? '_kernel' : ''}${quantizer.integer ? '_integer' : ''}` : '',
    `${String(rows)}x${String(channels)}`,
  ]
    .filter((part) => part !== '')
    .join('_')

export interface ChainPlace {
  readonly graph: Graph
  /** Smaller feature maps, by their number of values, stay separate operations: a compiled function gains nothing there, and costs its compilation. */
  readonly compileFrom: number
}

/** Where compilation pays. */
export const COMPILE_FROM = 32_768

export function emitChain(place: ChainPlace, form: ChainForm, size: ChainSize, inputs: ChainInputs): ChainOutput {
  const { graph } = place
  const { norm } = form
  const running =
    norm?.statistics === 'running' && inputs.norm ? { mean: inputs.norm.mean, inverse: inverseOf(graph, inputs.norm.variance, norm.epsilon) } : null
  const vectors =
    inputs.norm === null ? [] : [inputs.norm.scale, inputs.norm.shift, inputs.norm.mean, running ? running.inverse : inputs.norm.variance]
  const results = call(
    place,
    isCompiled(place, size),
    `${nameOf(form, size)}_forward`,
    [inputs.x, inputs.addend, ...vectors, inputs.grid],
    (s, next) => {
      const x = next()
      const addend = form.adds ? next() : null
      const [scale, shift, mean, last] = norm ? [next(), next(), next(), next()] : []
      const used = scale && shift && mean && last && norm ? normalisation(place, s, form, size, x, { scale, shift, mean, last }) : null
      const before = used ? affine(s, x, used) : x
      const active = activate(s, form.activation, addend ? op.add(s, before, addend) : before)
      const y = form.quantizer ? (form.quantizer.integer ? integerGridQuantize : mixedQuantize)(s, active, openGrid(s, next())) : active
      return used?.fresh ? [y, used.mean, used.inverse, used.fresh.mean, used.fresh.variance] : [y]
    },
  )
  const [y, mean, inverse, freshMean, freshVariance] = results
  if (!y) throw new RangeError('a chain has an output')
  if (mean && inverse && freshMean && freshVariance) return { y, moments: { mean, inverse }, running: { mean: freshMean, variance: freshVariance } }
  return { y, moments: running, running: null }
}

/** Backward of {@link emitChain}; `gradient` [rows, channels]. */
export function emitChainGradient(
  place: ChainPlace,
  form: ChainForm,
  size: ChainSize,
  inputs: ChainInputs,
  output: ChainOutput,
  gradient: Tensor,
): ChainGradients {
  const { norm, quantizer } = form
  const { moments } = output
  const vectors = inputs.norm && moments ? [inputs.norm.scale, inputs.norm.shift, moments.mean, moments.inverse] : []
  const results = call(
    place,
    isCompiled(place, size),
    `${nameOf(form, size)}_backward`,
    [inputs.x, gradient, inputs.addend, ...vectors, inputs.grid],
    (s, next) => {
      const x = next()
      const outer = next()
      const addend = form.adds ? next() : null
      const [scale, shift, mean, inverse] = norm ? [next(), next(), next(), next()] : []
      const used = scale && shift && mean && inverse ? { mean, inverse, slope: op.multiply(s, scale, inverse), shift } : null
      const before = used ? affine(s, x, used) : x
      const sum = addend ? op.add(s, before, addend) : before
      const terms = quantizer ? mixedTerms(s, activate(s, form.activation, sum), outer, openGrid(s, next())) : null
      const inner = gate(s, form.activation, sum, terms ? terms.x : outer)
      return gradientResults(place, s, form, size, { x, inner, terms, used })
    },
  )
  const rest = [...results]
  const take = (): Tensor => {
    const tensor = rest.shift()
    if (!tensor) throw new RangeError('results of a chain')
    return tensor
  }
  const x = take()
  return {
    x,
    norm: norm ? { shift: take(), scale: take() } : null,
    quantizer: quantizer ? { range: take(), bits: take(), low: quantizer.asymmetric ? take() : null } : null,
  }
}

interface Affine {
  readonly mean: Tensor
  readonly inverse: Tensor
  /** Scale times inverse deviation. */
  readonly slope: Tensor
  readonly shift: Tensor
}

interface Backward {
  readonly x: Tensor
  /** Gradient of what the normalisation gave. */
  readonly inner: Tensor
  readonly terms: MixedTerms | null
  readonly used: Affine | null
}

function gradientResults(
  place: ChainPlace,
  s: Scope,
  { norm, quantizer }: ChainForm,
  size: ChainSize,
  { x, inner, terms, used }: Backward,
): Tensor[] {
  const centred = used ? op.subtract(s, x, used.mean) : null
  const parts = [
    ...(centred ? [inner, op.multiply(s, inner, centred)] : []),
    ...(terms ? [terms.range, terms.bits, ...(quantizer?.asymmetric === true ? [terms.low] : [])] : []),
  ]
  const sums = sumRows(place, s, parts, size)
  const ofNorm = centred ? sums.slice(0, 2) : []
  const [ofRange, ofBits, ofLow] = sums.slice(ofNorm.length)
  const perRange = (sum: Tensor): Tensor => (quantizer?.perChannel === true ? sum : op.reduceSum(s, sum, [0], true))
  const ofQuantizer = ofRange && ofBits ? [perRange(ofRange), quantizer?.kernelWise === true ? ofBits : op.reduceSum(s, ofBits, [0]), ...(ofLow ? [perRange(ofLow)] : [])] : []
  const [shiftSum, alongSum] = ofNorm
  if (!used || !centred || !shiftSum || !alongSum || !norm) return [inner, ...ofQuantizer]
  const scaleSum = op.multiply(s, alongSum, used.inverse)
  const share = s.scalar(1 / size.rows)
  const along = op.multiply(s, op.multiply(s, scaleSum, used.inverse), share)
  const free =
    norm.statistics === 'batch' ? op.subtract(s, op.subtract(s, inner, op.multiply(s, shiftSum, share)), op.multiply(s, centred, along)) : inner
  return [op.multiply(s, free, used.slope), shiftSum, scaleSum, ...ofQuantizer]
}

interface Normalisation extends Affine {
  /** New running statistics. */
  readonly fresh: { readonly mean: Tensor; readonly variance: Tensor } | null
}

/** `last` is the running variance, or the inverse deviation where running statistics normalise. */
function normalisation(
  place: ChainPlace,
  s: Scope,
  { norm }: ChainForm,
  size: ChainSize,
  x: Tensor,
  vectors: { scale: Tensor; shift: Tensor; mean: Tensor; last: Tensor },
): Normalisation {
  const { scale, shift, last } = vectors
  if (!norm || norm.statistics === 'running') return { mean: vectors.mean, inverse: last, slope: op.multiply(s, scale, last), shift, fresh: null }
  // Both moments in one pass, around the first row: a value of about the right size, so that nothing cancels.
  const origin = op.slice(s, x, [0, 0], [1, size.channels])
  const away = op.subtract(s, x, origin)
  const [sum, squares] = sumRows(place, s, [away, op.square(s, away)], size)
  if (!sum || !squares) throw new RangeError('moments')
  const share = s.scalar(1 / size.rows)
  const distance = op.multiply(s, sum, share)
  const mean = op.add(s, op.reshape(s, origin, [size.channels]), distance)
  const variance = op.maximum(s, op.subtract(s, op.multiply(s, squares, share), op.square(s, distance)), s.scalar(0))
  const inverse = inverseOf(s, variance, norm.epsilon)
  const mix = (old: Tensor, value: Tensor): Tensor =>
    op.add(s, op.multiply(s, old, s.scalar(1 - norm.momentum)), op.multiply(s, value, s.scalar(norm.momentum)))
  const unbiased = op.multiply(s, variance, s.scalar(size.rows / Math.max(1, size.rows - 1)))
  return { mean, inverse, slope: op.multiply(s, scale, inverse), shift, fresh: { mean: mix(vectors.mean, mean), variance: mix(last, unbiased) } }
}

const inverseOf = (s: Scope, variance: Tensor, epsilon: number): Tensor =>
  op.divide(s, s.scalar(1), op.squareRoot(s, op.add(s, variance, s.scalar(epsilon))))

const affine = (s: Scope, x: Tensor, { mean, slope, shift }: Affine): Tensor => op.add(s, op.multiply(s, op.subtract(s, x, mean), slope), shift)

function activate(s: Scope, kind: ChainForm['activation'], x: Tensor): Tensor {
  if (kind === null) return x
  const positive = op.maximum(s, x, s.scalar(0))
  return kind === 'relu6' ? op.minimum(s, positive, s.scalar(RELU6)) : positive
}

/** `gradient` where the activation lets it through. */
function gate(s: Scope, kind: ChainForm['activation'], x: Tensor, gradient: Tensor): Tensor {
  if (kind === null) return gradient
  const positive = op.greater(s, x, s.scalar(0))
  const open = kind === 'relu6' ? op.logicalAnd(s, positive, op.less(s, x, s.scalar(RELU6))) : positive
  return op.select(s, open, gradient, s.scalar(0))
}

function sumRows(place: ChainPlace, s: Scope, parts: readonly Tensor[], size: ChainSize): Tensor[] {
  if (parts.length === 0) return []
  return isCompiled(place, size) ? sumRowsTogether(place.graph, s, parts, size.rows, size.channels) : parts.map((part) => op.reduceSum(s, part, [0]))
}

const isCompiled = ({ compileFrom }: ChainPlace, { rows, channels }: ChainSize): boolean => rows * channels >= compileFrom

type Body = (s: Scope, next: () => Tensor) => readonly Tensor[]

/** Runs a body as a compiled function of its inputs, or in the graph itself. */
function call({ graph }: ChainPlace, compile: boolean, name: string, inputs: readonly (Tensor | null)[], body: Body): readonly Tensor[] {
  const given = inputs.filter((input): input is Tensor => input !== null)
  const run = (s: Scope, arguments_: readonly Tensor[]): readonly Tensor[] => {
    const left = [...arguments_]
    return body(s, () => {
      const argument = left.shift()
      if (!argument) throw new RangeError(name)
      return argument
    })
  }
  if (!compile) return run(graph, given)
  const defined = graph.define(
    name,
    given.map(({ dtype }) => dtype),
    (s) => run(s, s.parameters),
  )
  return graph.call(defined, given, { compile: true })
}
