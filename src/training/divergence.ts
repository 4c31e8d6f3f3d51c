import { StudioError } from '../contract/errors'
import type { ParameterInfo } from '../models/parameters'
import type { EngineState, StepResult } from './training-engine'

const isSound = (values: Float32Array | undefined): boolean => values?.every((value) => Number.isFinite(value)) ?? true

/**
 * The layer whose output was the first that is no number, or null where that can't be told. `state` is that after the step: by then the weights of all
 * layers may be spoilt by one gradient, but running statistics are those of what really reached each batch norm.
 */
export function offendingLayer(parameters: readonly ParameterInfo[], state: EngineState): string | null {
  const spoilt = parameters.findIndex(({ kind, name }) => (kind === 'running-mean' || kind === 'running-variance') && !isSound(state.get(name)))
  if (spoilt >= 0) {
    const norm = parameters[spoilt]?.layer ?? null
    return parameters.slice(0, spoilt).findLast(({ layer }) => layer !== norm)?.layer ?? norm
  }
  const hasNorms = parameters.some(({ kind }) => kind === 'running-mean')
  return hasNorms ? (parameters.findLast(({ kind }) => kind === 'linear-weight')?.layer ?? null) : null
}

/** What ends a run whose loss is no number any more: the step, the layer, what to do. */
export function diverged(step: number, result: StepResult, parameters: readonly ParameterInfo[], state: EngineState): StudioError {
  const bySize = Number.isFinite(result.crossEntropy)
  const layer = bySize ? null : offendingLayer(parameters, state)
  const where = bySize ? ': the part for the size of the model is none' : layer === null ? '' : `: the first values that are none come out of the layer "${layer}"`
  const remedy = bySize ? 'Lower compression.loss.alpha' : 'Lower optimizer.base_lr or compression.loss.alpha'
  return new StudioError('DIVERGED', `The loss is no longer a number at step ${step}${where}. ${remedy}, and resume from the last checkpoint, which is from before.`)
}
