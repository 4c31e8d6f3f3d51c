import type { WidthWishes } from '../width-options'
import type { QuantizerOption } from './quantizer-option'

/** One scope, or several: exact node names, or regular expressions marked with `{re}` (spec 2.5). */
export type ScopeList = string | readonly string[]

/** What one configuration section asks of quantizers; what it leaves out is free (spec 2.4). */
export interface QuantizerWishes {
  readonly mode?: QuantizerOption['mode'] | undefined
  readonly bits?: number | undefined
  readonly signed?: boolean | undefined
  readonly per_channel?: boolean | undefined
}

interface GroupSection extends QuantizerWishes {
  readonly ignored_scopes?: ScopeList | undefined
  readonly target_scopes?: ScopeList | undefined
  readonly logarithm_scale?: boolean | undefined
}

/** The keys of the `compression` section that decide where quantizers sit and how they start (spec 2.3). */
export interface PlacementConfig extends WidthWishes {
  /** Name of a device whose table must be given too. */
  readonly hardware?: string | undefined
  readonly preset?: 'performance' | 'mixed' | undefined
  readonly quantize_inputs?: boolean | undefined
  readonly quantize_outputs?: boolean | undefined
  readonly overflow_fix?: 'enable' | 'disable' | 'first_layer_only' | undefined
  readonly weights?: GroupSection | undefined
  readonly activations?: (GroupSection & { readonly unified_scale_ops?: readonly (readonly string[])[] | undefined }) | undefined
  readonly scope_overrides?:
    | {
        readonly weights?: Readonly<Record<string, QuantizerWishes>> | undefined
        readonly activations?: Readonly<Record<string, QuantizerWishes>> | undefined
      }
    | undefined
  readonly ignored_scopes?: ScopeList | undefined
  readonly target_scopes?: ScopeList | undefined
}

/** The keys beside the `compression` section that matter too (spec 2.1): their scopes say which weights can be quantized at all. */
export interface ModelSection {
  /** Absent and `ANY` mean the CPU; `TRIAL` has no hardware table. */
  readonly target_device?: string | undefined
  readonly ignored_scopes?: ScopeList | undefined
  readonly target_scopes?: ScopeList | undefined
}
