import { autocompletion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import type { Extension } from '@codemirror/state'
import { hoverTooltip } from '@codemirror/view'
import { completeText, explainAt } from '../../../../src/config/complete-text'

function complete(context: CompletionContext): CompletionResult | null {
  const before = context.state.sliceDoc(Math.max(0, context.pos - 1), context.pos)
  if (!context.explicit && !/["\w]/.test(before)) return null
  const found = completeText(context.state.doc.toString(), context.pos)
  if (found === null) return null
  return {
    from: found.from,
    to: found.to,
    options: found.options.map(({ label, insert, detail, info, kind }) => ({
      // The quotes take part in the match, since they may have been typed already.
      label: insert.startsWith('"') ? `"${label}"` : label,
      displayLabel: label,
      detail,
      type: kind === 'key' ? 'property' : 'constant',
      apply: insert,
      ...(info === '' ? {} : { info }),
    })),
    validFor: /^"?\w*"?$/,
  }
}

/** Keys and values of the schema while typing or on Ctrl+Space, and what a key means where the pointer rests. */
export const configCompletion = (): Extension => [
  autocompletion({ override: [complete], icons: false }),
  hoverTooltip((view, at) => {
    const found = explainAt(view.state.doc.toString(), at)
    if (found === null) return null
    return {
      pos: found.from,
      end: found.to,
      above: true,
      create: () => {
        const dom = document.createElement('div')
        dom.className = 'cm-hint'
        dom.textContent = found.text
        return { dom }
      },
    }
  }),
]
