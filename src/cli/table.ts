/** Owns how tables look: columns aligned by the width a terminal gives each character. */

/** East Asian Wide and Fullwidth (Unicode UAX #11), and emoji, take two cells; marks take none. */
const WIDE = new RegExp(
  "[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\u33ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\ua000-\\ua4cf"
  + "\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe4f\\uff00-\\uff60\\uffe0-\\uffe6]"
  + "|[\\u{1f300}-\\u{1f64f}\\u{1f900}-\\u{1f9ff}\\u{20000}-\\u{3fffd}]", "u",
);
const ZERO = /\p{Mn}|\p{Me}|\p{Cf}/u;
const CONTROL = /\p{Cc}/gu;

/** Cells of a terminal's line. */
export function widthOf(value: string): number {
  let width = 0;
  for (const character of value) {
    if (!ZERO.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

export const pad = (value: string, width: number, side: "left" | "right" = "left"): string => {
  const space = " ".repeat(Math.max(0, width - widthOf(value)));
  return side === "left" ? value + space : space + value;
};

/** What of a line fits into so many cells; the last of them says that there was more. */
export function clip(value: string, cells: number): string {
  if (widthOf(value) <= cells) return value;
  let kept = "";
  let width = 0;
  for (const character of value) {
    width += widthOf(character);
    if (width > cells - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Text from a database or a switch, safe to print: no control character reaches the terminal. */
export const plain = (value: string): string => value.replaceAll(CONTROL, "�");

export type Cell = string | number | null | undefined;

/** Lines of a table. Numbers stand to the right, and an absent value is a dash. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => plain(String(cell ?? "–"))));
  const widths = head.map((title, i) =>
    Math.max(widthOf(title), ...cells.map((row) => widthOf(row[i] ?? ""))));
  const right = head.map((_, i) =>
    rows.length > 0 && rows.every((row) => typeof row[i] === "number" || (row[i] ?? null) === null));
  const line = (row: readonly string[]): string => row
    .map((cell, i) => pad(cell, widths[i] ?? 0, right[i] ? "right" : "left"))
    .join("  ").trimEnd();
  return [line(head), ...cells.map(line)];
}
