/** Columns as wide as their widest cell; those that hold numbers stand to the right. */
export function table(rows: readonly (readonly string[])[], numbers: readonly number[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const cell = (text: string, column: number) =>
    numbers.includes(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}

/** Dollars with cents. */
export function dollars(amount: number): string {
  return amount.toFixed(2);
}

/** A quantity, without digits that say nothing. */
export function quantity(value: number): string {
  return String(Number(value.toFixed(1)));
}

/** A price of one unit. */
export function unitPrice(value: number): string {
  return String(Number(value.toPrecision(5)));
}
