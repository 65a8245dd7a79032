/**
 * Owns turning the XML of a sheet into records: one per row, with the row's own number as its line
 * and empty cells where the file leaves them out. Text comes in as it is read.
 */
import type { CsvRecord } from "../leads/csv.ts";
import { limits } from "../limits.ts";
import { cellText } from "./cell-text.ts";
import type { SharedStrings } from "./shared-strings.ts";
import { xmlReader } from "./xml.ts";

export interface SheetTerms {
  readonly strings: SharedStrings;
  /** By the index of a style: whether it shows dates. */
  readonly dateStyles: readonly boolean[];
  readonly is1904: boolean;
}

export interface SheetReader {
  /** Takes the next piece of the XML and returns the rows it completed. Throws BrokenXml. */
  push(piece: string): readonly CsvRecord[];
  end(): readonly CsvRecord[];
}

/** `AB12` is column 27; undefined when there is no column in it, or one that no sheet has. */
export function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? "")?.[0];
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

/** More rows than any spreadsheet program has. */
const ROWS_MAX = 2 ** 31;

/** The cell that is being read. */
interface OpenCell {
  readonly column: number;
  readonly type: string | undefined;
  readonly isDate: boolean;
  hasFormula: boolean;
  value: string;
}

const openCell = (
  attributes: Readonly<Record<string, string>>, next: number, dateStyles: readonly boolean[],
): OpenCell => ({
  column: columnOf(attributes["r"]) ?? next, type: attributes["t"],
  isDate: dateStyles[Number(attributes["s"] ?? -1)] ?? false, hasFormula: false, value: "",
});

export function sheetReader({ strings, dateStyles, is1904 }: SheetTerms): SheetReader {
  let records: CsvRecord[] = [];
  let line = 0;
  let cells: string[] = [];
  let cell: OpenCell | undefined;
  let chars = 0;
  /** Inside `v`, or `t` of an inline text: what is written there is the value. */
  let inValue = false;
  /** Inside a reading aid (`rPh`), which is no part of the text. */
  let inAid = false;

  function closeCell(open: OpenCell): void {
    const value = open.type === "s" ? strings.at(Number(open.value)) ?? "" : open.value;
    const text = cellText(value, open, is1904);
    chars += text.length;
    if (text === "" || open.column >= limits.importColumns) return;
    while (cells.length < open.column) cells.push("");
    cells[open.column] = text;
  }

  function closeRow(): void {
    records.push(chars > limits.importLineChars
      ? { line, problem: "line-too-long", excerpt: cells.join(",").slice(0, 200) }
      : { line, cells });
  }

  function openRow(number: string | undefined): void {
    // A number that is none, or that goes back, is passed over: lines are what imports resume by.
    const told = Number(number);
    line = Number.isSafeInteger(told) && told > line && told <= ROWS_MAX ? told : line + 1;
    cells = [];
    chars = 0;
  }

  const reader = xmlReader({
    open(name, attributes) {
      switch (name) {
        case "row": openRow(attributes["r"]); break;
        case "c": cell = openCell(attributes, cells.length, dateStyles); break;
        case "f": if (cell) cell.hasFormula = true; break;
        case "rPh": inAid = true; break;
        case "v": case "t": inValue = cell !== undefined && !inAid; break;
      }
    },
    text(text) {
      if (inValue && cell && cell.value.length <= limits.importLineChars) cell.value += text;
    },
    close(name) {
      switch (name) {
        case "v": case "t": inValue = false; break;
        case "rPh": inAid = false; break;
        case "c":
          if (cell) closeCell(cell);
          cell = undefined;
          break;
        case "row": closeRow(); break;
      }
    },
  });
  const taken = (): readonly CsvRecord[] => {
    const done = records;
    records = [];
    return done;
  };
  return {
    push(piece) {
      reader.write(piece);
      return taken();
    },
    end() {
      reader.end();
      return taken();
    },
  };
}
