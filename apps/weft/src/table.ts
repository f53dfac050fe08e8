/**
 * Rows under a head line, in columns as wide as they need to be, two spaces apart; a sentence instead when there are none.
 * Nothing is drawn between cells, so that output is easy to read, cut and grep. By hand, because a table library takes 12 s for 10,000
 * rows.
 */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[], empty: string): string {
  if (rows.length === 0) return `${empty}\n`
  const lines = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, column) => lines.reduce((width, line) => Math.max(width, line[column]?.length ?? 0), 0))
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
