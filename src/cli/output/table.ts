export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/** A table with aligned columns, two spaces apart, without trailing spaces. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, i) => Math.max(column.title.length, ...rows.map((row) => (row[i] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, i) => {
        const width = widths[i] ?? 0
        return column.align === 'right' ? (cells[i] ?? '').padStart(width) : (cells[i] ?? '').padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [line(columns.map((c) => c.title)), line(widths.map((w) => '-'.repeat(w))), ...rows.map(line)].join('\n') + '\n'
}
