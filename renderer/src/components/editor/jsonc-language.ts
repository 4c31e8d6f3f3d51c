import { HighlightStyle, indentService, StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import { tags } from '@lezer/highlight'

/** Tokens of JSON with comments; what is wrong is said by the configuration's own reader. */
const jsonc = StreamLanguage.define<{ inComment: boolean }>({
  name: 'jsonc',
  startState: () => ({ inComment: false }),
  token(stream, state) {
    if (state.inComment) {
      if (stream.match(/^.*?\*\//)) state.inComment = false
      else stream.skipToEnd()
      return 'comment'
    }
    if (stream.eatSpace()) return null
    if (stream.match('//')) {
      stream.skipToEnd()
      return 'comment'
    }
    if (stream.match('/*')) {
      state.inComment = true
      return 'comment'
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"(?=\s*:)/)) return 'propertyName'
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string'
    if (stream.match(/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/)) return 'number'
    if (stream.match(/^(?:true|false|null)\b/)) return 'bool'
    if (stream.match(/^[[\]{},:]/)) return 'punctuation'
    stream.next()
    return null
  },
  languageData: { commentTokens: { line: '//', block: { open: '/*', close: '*/' } }, closeBrackets: { brackets: ['{', '[', '"'] } },
})

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--code-key)' },
  { tag: tags.string, color: 'var(--code-text)' },
  { tag: tags.number, color: 'var(--code-number)' },
  { tag: tags.bool, color: 'var(--code-word)' },
  { tag: tags.comment, color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: tags.punctuation, color: 'var(--text-muted)' },
])

/** A new line is indented as the one before, and once more behind an opening bracket. */
const indentation = indentService.of((context, at) => {
  const before = context.state.doc.lineAt(Math.max(0, at - 1))
  const text = context.lineAt(before.from, -1).text
  const closes = /^\s*[\]}]/.test(context.lineAt(at, 1).text)
  const depth = context.countColumn(text.replace(/\S.*$/, '')) + (/[[{]\s*(?:\/\/.*)?$/.test(text) ? context.unit : 0)
  return Math.max(0, depth - (closes ? context.unit : 0))
})

export const jsoncLanguage = (): Extension => [jsonc, syntaxHighlighting(colours), indentation]
