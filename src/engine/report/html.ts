/** Text that stands in a page: markup in it means nothing. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')

/** Cells are escaped; those of numbers are aligned to the right. */
export function htmlTable(columns: readonly { readonly title: string; readonly number?: boolean }[], rows: readonly (readonly string[])[]): string {
  const cell = (tag: 'th' | 'td', text: string, index: number): string =>
    `<${tag}${columns[index]?.number === true ? ' class="number"' : ''}>${escaped(text)}</${tag}>`
  const head = columns.map(({ title }, i) => cell('th', title, i)).join('')
  const body = rows.map((row) => `<tr>${row.map((text, i) => cell('td', text, i)).join('')}</tr>`).join('\n')
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table>`
}

export const section = (title: string, content: string): string => `<section><h2>${escaped(title)}</h2>\n${content}\n</section>`

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d8dce1, #3a4048); --muted: light-dark(#5b6570, #9aa4af); --bar: light-dark(#2563c9, #6ea2ff); }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 14px/1.5 system-ui, sans-serif; }
h1 { margin-bottom: 0 } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
table { width: 100%; border-collapse: collapse } th, td { padding: .25rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } .muted { color: var(--muted) } .good { color: light-dark(#12703a, #5fd38d) } .bad { color: light-dark(#b3261e, #ff8a80) }
pre { padding: .75rem; border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere }
svg { width: 100%; height: auto } svg text { fill: currentColor; font: 10px system-ui, sans-serif } svg rect { fill: var(--bar) } svg line { stroke: var(--line) }
@page { size: A4; margin: 15mm 14mm 17mm }
@media print {
  :root { color-scheme: light }
  body { margin: 0; padding: 0; max-width: none; font-size: 9.5pt; line-height: 1.4 }
  h2 { margin-top: 1.2rem } h1, h2, h3 { break-after: avoid } tr, svg, p { break-inside: avoid } thead { display: table-header-group }
  svg { width: auto; max-width: 100%; height: 40mm }
  pre { padding: 0 0 0 .6rem; border-width: 0 0 0 2px; border-radius: 0; font-size: 7.5pt; line-height: 1.35 }
}
`

/** A whole page that needs nothing beside itself and runs nothing. */
export const htmlPage = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${content}
</body>
</html>
`
