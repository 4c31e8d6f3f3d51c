import { StudioError } from '../contract/errors'
import { EndlessPattern, findsPattern } from '../util/time-limited-pattern'
import type { OptimizerConfig, ParameterGroupConfig } from '../contract/training-config'

/** How one group of parameters is updated. */
export interface UpdateRule {
  readonly type: 'sgd' | 'adam'
  /** Index among the plan's groups. */
  readonly group: number
  /** The group's learning rate over `base_lr`; schedules scale all groups alike. */
  readonly rateFactor: number
  readonly weightDecay: number
  readonly momentum: number
  readonly dampening: number
  readonly nesterov: boolean
  readonly betas: readonly [number, number]
  readonly eps: number
}

export interface OptimizerPlan {
  readonly rules: readonly UpdateRule[]
  /** State vectors that the optimizer keeps per parameter. */
  readonly slots: 1 | 2
  /** Null for a parameter of no group: it is not trained. `name` is its name in the original (`nncf_module.features.0.0.weight`). */
  ruleFor(name: string): UpdateRule | null
}

/** torch.optim's own rate where a group of Adam gives none. */
const ADAM_RATE = 1e-3
/** The sample's momentum, unless `optimizer_params` is given: then what stands there (spec 10.2). */
const SAMPLE_MOMENTUM = 0.9

type Options = Pick<ParameterGroupConfig, 'momentum' | 'dampening' | 'nesterov' | 'betas' | 'eps'>

function ruleOf(type: 'sgd' | 'adam', group: number, rateFactor: number, weightDecay: number, options: Options): UpdateRule {
  const { momentum = 0, dampening = 0, nesterov = false, betas = [0.9, 0.999], eps = 1e-8 } = options
  if (nesterov && (momentum === 0 || dampening !== 0)) throw refusal('nesterov needs a momentum above 0 and no dampening')
  return { type, group, rateFactor, weightDecay, momentum, dampening, nesterov, betas, eps }
}

/**
 * The optimizer of a configuration (spec 10.1, 10.2). Without `parameter_groups` one group holds everything, bit-widths and ranges included,
 * at `base_lr` and `weight_decay`. With them neither is applied: a group gives its own rate (SGD must) and decay (else 0).
 */
export function planOptimizer(config: OptimizerConfig): OptimizerPlan {
  const type = config.type.toLowerCase() === 'adam' ? 'adam' : 'sgd'
  const common: Options = config.optimizer_params ?? { momentum: SAMPLE_MOMENTUM }
  const groups = config.parameter_groups
  if (groups === undefined) {
    const rule = ruleOf(type, 0, 1, config.weight_decay, common)
    return { rules: [rule], slots: slotsOf(type), ruleFor: () => rule }
  }
  const rules = groups.map(({ lr, weight_decay = 0, ...own }, i) => {
    if (lr === undefined && type === 'sgd') throw refusal(`optimizer.parameter_groups.${String(i)} has no lr, which SGD needs`)
    return ruleOf(type, i, (lr ?? ADAM_RATE) / config.base_lr, weight_decay, { ...common, ...own })
  })
  const patterns = groups.map(({ re }, i) => patternOf(re, i))
  return {
    rules,
    slots: slotsOf(type),
    ruleFor: (name) => rules[patterns.findIndex((matches) => matches(name))] ?? null,
  }
}

const slotsOf = (type: UpdateRule['type']): 1 | 2 => (type === 'adam' ? 2 : 1)

/** Decides whether a parameter is of the group. Throws CONFIG_INVALID at once where the expression is none, and when it is used where it never ends. */
function patternOf(re = '', group: number): (name: string) => boolean {
  const matches = (name: string): boolean => {
    try {
      return findsPattern(re, name)
    } catch (cause) {
      const what = cause instanceof EndlessPattern ? 'takes too long to be looked for' : 'is not a regular expression'
      throw new StudioError('CONFIG_INVALID', `optimizer.parameter_groups.${String(group)}.re ${what}. Correct "${re.slice(0, 200)}".`, { cause })
    }
  }
  matches('')
  return matches
}

function refusal(why: string): StudioError {
  const message = `${why}. Change the optimizer section.`
  return new StudioError('CONFIG_INVALID', message, { issues: [{ path: 'optimizer', message }] })
}

/**
 * What changes from step to step beside the rate, at the t-th step of a stage (1-based), two numbers a group: for Adam 1 - beta1^t and
 * 1 - beta2^t; for SGD the share of the gradient that enters the momentum (all of it in the first step, then 1 - dampening), and 1.
 */
export function stepFactors({ rules }: OptimizerPlan, t: number): Float32Array {
  return Float32Array.from(
    rules.flatMap(({ type, betas, dampening }) => (type === 'adam' ? [1 - betas[0] ** t, 1 - betas[1] ** t] : [t === 1 ? 1 : 1 - dampening, 1])),
  )
}
