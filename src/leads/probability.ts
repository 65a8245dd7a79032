/** Owns reading a probability as models and spreadsheets write it, and its column's names. Pure. */
import { bareWord } from "./bare-word.ts";

const WRITTEN = /^(\d{1,3}(?:\.\d{1,18})?|\.\d{1,18})(?:e-?\d{1,2})?(%)?$/i;

/** `0.31`, `31%`, `3.1e-01`; undefined for anything else, and for what is not within 0 and 1. */
export function probabilityIn(cell: string): number | undefined {
  const plain = cell.normalize("NFKC").trim();
  const written = WRITTEN.exec(plain);
  if (written === null) return undefined;
  const value = written[2] === undefined ? Number(plain) : Number(plain.slice(0, -1)) / 100;
  return value >= 0 && value <= 1 ? value : undefined;
}

const NAMES: ReadonlySet<string> = new Set([
  "probability", "answerprobability", "answerrate", "panswer", "p", "score", "prediction",
  "接听概率", "接通概率", "接听率", "接通率", "概率", "预测",
]);

/** The column that holds it: by this name or number, or by the names models give it. */
export function probabilityColumn(
  columns: readonly string[], wanted: string | undefined,
): number | undefined {
  if (wanted !== undefined) {
    const named = columns.indexOf(wanted);
    const numbered = /^\d{1,4}$/.test(wanted) ? Number(wanted) - 1 : -1;
    const found = named >= 0 ? named : numbered;
    return found >= 0 && found < columns.length ? found : undefined;
  }
  const found = columns.findIndex((name) => NAMES.has(bareWord(name)));
  return found < 0 ? undefined : found;
}
