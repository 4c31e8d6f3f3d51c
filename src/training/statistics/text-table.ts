/** A table with ruled cells: a header, and rows of as many cells. Titles are centred, the rest is flush left. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)))
  const rule = (line: string): string => `+${widths.map((width) => line.repeat(width + 2)).join('+')}+`
  const cells = (texts: readonly string[], place: (text: string, width: number) => string): string =>
    `|${widths.map((width, i) => ` ${place(texts[i] ?? '', width)} `).join('|')}|`
  const centred = (text: string, width: number): string => text.padStart(text.length + Math.floor((width - text.length) / 2)).padEnd(width)
  const body = rows.flatMap((row) => [cells(row, (text, width) => text.padEnd(width)), rule('-')])
  return [rule('-'), cells(header, centred), rule('='), ...body].join('\n')
}
