import { inflateSync } from 'node:zlib'

/** What is looked at of a PDF as Chromium writes it: plain objects, text by glyph, and a table of characters for each font. */
export interface PdfContent {
  readonly pages: number
  /** Width and height of the first page in points. */
  readonly size: readonly [number, number]
  /** All text, pieces as they are drawn. */
  readonly text: string
}

const OBJECT = /(\d+) 0 obj\n([^]*?)\nendobj/g

export function readPdf(file: Buffer): PdfContent {
  if (!file.toString('latin1', 0, 5).startsWith('%PDF-')) throw new Error('This is no PDF.')
  const whole = file.toString('latin1')
  const objects = new Map([...whole.matchAll(OBJECT)].map(([, id = '', body = '']) => [id, body]))
  const streams = [...objects.values()].map(contentOf).filter((content) => content !== null)
  const fonts = new Map(
    [...whole.matchAll(/\/(F\d+) (\d+) 0 R/g)].flatMap(([, name = '', id = '']) => {
      const table = /\/ToUnicode (\d+) 0 R/.exec(objects.get(id) ?? '')?.[1]
      return table === undefined ? [] : [[name, charactersOf(contentOf(objects.get(table) ?? '') ?? '')] as const]
    }),
  )
  const box = /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(whole)
  return {
    pages: [...whole.matchAll(/\/Type \/Page\b/g)].length,
    size: [Number(box?.[1]), Number(box?.[2])],
    text: streams.map((content) => textOf(content, fonts)).join('\n'),
  }
}

function contentOf(body: string): string | null {
  const at = /stream\r?\n/.exec(body)
  if (at === null) return null
  const bytes = Buffer.from(body.slice(at.index + at[0].length, body.lastIndexOf('endstream')), 'latin1')
  if (!body.includes('/FlateDecode')) return bytes.toString('latin1')
  return inflateSync(bytes).toString('latin1')
}

/** Glyph, as four hexadecimal digits, to its character. */
function charactersOf(table: string): Map<string, string> {
  const characters = new Map<string, string>()
  const decoded = (hex: string): string => String.fromCharCode(...(hex.match(/.{4}/g) ?? []).map((unit) => parseInt(unit, 16)))
  const glyph = (code: number): string => code.toString(16).toUpperCase().padStart(4, '0')
  for (const [, lines = ''] of table.matchAll(/beginbfchar\n([^]*?)endbfchar/g))
    for (const [, from = '', to = ''] of lines.matchAll(/<(\w{4})> <(\w+)>/g)) characters.set(from.toUpperCase(), decoded(to))
  for (const [, lines = ''] of table.matchAll(/beginbfrange\n([^]*?)endbfrange/g))
    for (const [, first = '', last = '', to = ''] of lines.matchAll(/<(\w{4})> <(\w{4})> <(\w{4})>/g))
      for (let code = parseInt(first, 16); code <= parseInt(last, 16); code++) characters.set(glyph(code), String.fromCharCode(parseInt(to, 16) + code - parseInt(first, 16)))
  return characters
}

function textOf(content: string, fonts: ReadonlyMap<string, ReadonlyMap<string, string>>): string {
  let characters: ReadonlyMap<string, string> = new Map()
  let text = ''
  for (const [, font, glyphs] of content.matchAll(/\/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>(?=[^<]*T[jJ])/g)) {
    if (font !== undefined) characters = fonts.get(font) ?? new Map()
    for (const glyph of glyphs?.match(/.{4}/g) ?? []) text += characters.get(glyph.toUpperCase()) ?? ''
  }
  return text
}
