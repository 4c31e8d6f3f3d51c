import * as op from '../tensor/ops'
import type { Scope } from '../tensor/scope'
import type { Tensor } from '../tensor/types'
import type { QuantizerSpec } from './quantizer-spec'
import { nearestAllowed } from './round-widths'
import { isKernelWise, widthSpecs } from './width-layout'

/** What stays of the quantizers, each a float32 vector with one entry per width. */
export interface WidthConstants {
  readonly minBits: Tensor
  readonly maxBits: Tensor
  /** 1 where one level bit less is used. */
  readonly halfRange: Tensor
  /** Where devices lack widths: the one that whole widths from 0 on are frozen at, a row for each width, and where each row starts. */
  readonly frozenAt?: { readonly table: Tensor; readonly rows: Tensor } | null
}

/** Constants and state of every width. */
export interface BitWidthInputs extends WidthConstants {
  /** Trainable widths as stored. */
  readonly bits: Tensor
  /** 1 where the width is frozen to its rounded value. */
  readonly frozen: Tensor
  /** 1 where the grid is signed. Asymmetric grids are unsigned. */
  readonly signed: Tensor
}

/** Columns of the table {@link WidthConstants.frozenAt}. */
const WHOLE_WIDTHS = 25

/** `specs` has an entry for each width, `widthSpecs` of the quantizers. */
export function widthConstants(s: Scope, specs: readonly QuantizerSpec[]): WidthConstants {
  const column = (value: (spec: QuantizerSpec) => number): Tensor => s.constant('float32', [specs.length], specs.map(value))
  const row = (spec: QuantizerSpec): number[] =>
    Array.from({ length: WHOLE_WIDTHS }, (_, bits) => (spec.allowedBits === undefined ? bits : nearestAllowed(spec, bits)))
  return {
    minBits: column((spec) => spec.minBits),
    maxBits: column((spec) => spec.maxBits),
    halfRange: column((spec) => (spec.halfRange ? 1 : 0)),
    frozenAt: specs.every((spec) => spec.allowedBits === undefined)
      ? null
      : {
          table: s.constant('float32', [specs.length * WHOLE_WIDTHS], specs.flatMap(row)),
          rows: s.constant('float32', [specs.length], specs.map((_, i) => i * WHOLE_WIDTHS)),
        },
  }
}

/** `signed`, one a quantizer, for each width. */
export const signedByWidth = (s: Scope, specs: readonly QuantizerSpec[], signed: Tensor): Tensor =>
  isKernelWise(specs) ? op.gather(s, signed, s.integers(widthSpecs(specs).map(({ quantizer }) => quantizer))) : signed

function roundedWidths(s: Scope, clamped: Tensor, { frozenAt }: WidthConstants): Tensor {
  const whole = op.round(s, clamped)
  return frozenAt ? op.gather(s, frozenAt.table, op.cast(s, op.add(s, frozenAt.rows, whole), 'int32')) : whole
}

export interface BitWidths {
  /** clamp(bits, min, max): what the size loss sees. */
  readonly clamped: Tensor
  /** Rounded half to even, and to what the device has. */
  readonly rounded: Tensor
  /** What the quantizers use: the clamped width, or the rounded one where frozen. */
  readonly effective: Tensor
  /** d clamped / d bits, 0 where frozen. */
  readonly gradientMask: Tensor
  /** Matrix with one {@link LEVEL_COLUMNS} row per width. */
  readonly levels: Tensor
}

/** Columns of a row of levels: mixing weights of the upper and lower width, then the grid's ends at the lower and upper width. */
export const LEVEL_COLUMNS = ['upperWeight', 'lowerWeight', 'lowerLow', 'lowerHigh', 'upperLow', 'upperHigh'] as const

/** 2^0 .. 2^24, looked up because kernels' powers need not be exact. */
const POWERS_OF_TWO = Array.from({ length: 25 }, (_, exponent) => 2 ** exponent)

function grid(s: Scope, bits: Tensor, signed: Tensor): { low: Tensor; high: Tensor } {
  const levels = op.gather(s, s.constant('float32', [POWERS_OF_TWO.length], POWERS_OF_TWO), op.cast(s, bits, 'int32'))
  const half = op.multiply(s, op.multiply(s, levels, s.scalar(0.5)), signed)
  return { low: op.negate(s, half), high: op.subtract(s, op.subtract(s, levels, half), s.scalar(1)) }
}

/**
 * Everything that follows from the widths, for all of them at once (spec 4.3 and 5): out = (b - f) Q_{f+1} + (f + 1 - b) Q_f
 * with f = floor(b). With `integer`, all widths count as frozen: used to evaluate the integer model.
 */
export function bitWidths(s: Scope, inputs: BitWidthInputs, options: { integer: boolean }): BitWidths {
  const { bits, minBits, maxBits } = inputs
  const clamped = op.clip(s, bits, minBits, maxBits)
  const rounded = roundedWidths(s, clamped, inputs)
  const one = s.scalar(1)
  const isFrozen = op.greater(s, inputs.frozen, s.scalar(0.5))
  const effective = options.integer ? rounded : op.select(s, isFrozen, rounded, clamped)
  const lower = op.floor(s, effective)
  const upper = op.add(s, lower, one)
  const lowerGrid = grid(s, op.subtract(s, lower, inputs.halfRange), inputs.signed)
  const upperGrid = grid(s, op.subtract(s, upper, inputs.halfRange), inputs.signed)
  const inside = op.logicalAnd(s, op.greaterEqual(s, bits, minBits), op.lessEqual(s, bits, maxBits))
  const gradientMask = op.multiply(s, op.cast(s, inside, 'float32'), op.subtract(s, one, inputs.frozen))
  const levels = op.pack(
    s,
    [op.subtract(s, effective, lower), op.subtract(s, upper, effective), lowerGrid.low, lowerGrid.high, upperGrid.low, upperGrid.high],
    1,
  )
  return { clamped, rounded, effective, gradientMask, levels }
}
