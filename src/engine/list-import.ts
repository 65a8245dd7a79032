/**
 * Owns one run of an import: file → records → rows → dial list, in bounded memory. A row that is
 * bad, came before, or may not be called goes to a file beside it. When it is interrupted, what
 * was brought in stays out of the list, and the same command goes on from there.
 */
import { UserError } from "../errors.ts";
import type { DialNumber, ListId } from "../ids.ts";
import { text, type Language, type Text } from "../language.ts";
import type { NumberFilter } from "../leads/number-filter.ts";
import { keyOf, numberOf } from "../leads/number-key.ts";
import { NumberTable } from "../leads/number-table.ts";
import type { PlainRows } from "../leads/plain-rows.ts";
import { rejectHeader, rejectLine } from "../leads/rejects.ts";
import { rowReasons, type LeadRow, type Rejection } from "../leads/row.ts";
import { limits } from "../limits.ts";
import { countRows, type RowsToStore } from "../store/postgres/import-rows.ts";
import type { ImportCounts, ImportProgress, ImportStore, KnownNumbers }
  from "../store/postgres/import.ts";
import type { ErasedNumbers } from "../store/postgres/erased-numbers.ts";
import type { ListFile } from "./list-file.ts";
import { interrupted, type ImportStep } from "./list-reading.ts";
import { judgedRows, plainCells, plainRow, readRows, type Judged, type TakenRow } from "./list-records.ts";
import { RejectFile, stillHasRejects } from "./reject-file.ts";

export interface ImportSummary extends Omit<ImportCounts, "records" | "taken"> {
  /** Rows below the header, blank lines not counted. */
  readonly rows: number;
  readonly added: number;
  readonly rejectFile: string | undefined;
  /** Rows an earlier, interrupted run had read. */
  readonly resumedAt: number;
}

export interface ImportOrder {
  readonly file: ListFile;
  readonly list: string;
  /** Names of lists whose people are left out. */
  readonly leftOut?: readonly string[];
  readonly rejectFile: string;
  readonly language: Language;
  readonly signal: AbortSignal;
  readonly onStep: (step: ImportStep) => void;
}

interface Reject {
  readonly line: number;
  readonly text: string;
}

interface Parts {
  readonly order: ImportOrder;
  readonly store: ImportStore;
  readonly rejects: RejectFile;
  readonly doNotCall: NumberFilter;
  readonly erased: ErasedNumbers;
  readonly leftOut: readonly ListId[];
}

const nobodyKnown: KnownNumbers = { firsts: new Map(), further: new Map() };

/** A good row that is not taken. */
interface LeftRow {
  readonly line: number;
  readonly cells: readonly string[];
}

type Reason = "doubled" | "known" | "unwanted" | "elsewhere";

class ImportRun {
  readonly #parts: Parts;
  #progress: ImportProgress;
  /** What is counted of rows that are not stored yet. */
  #counts: Record<keyof ImportCounts, number>;
  #seen = new NumberTable();
  #expected = false;
  /** Leads that must not come again are not all in `#seen`: the store is asked about each batch. */
  #ask: boolean;
  /** Nor are all that this import stored itself. */
  #askOurs: boolean;
  /** Good rows that may turn out to be no new ones. */
  #candidates: (TakenRow | PlainRows)[] = [];
  /** How many rows are at hand, with the rejected; a plain one is a part of one. */
  #waiting = 0;
  /** Bytes of the plain rows at hand. */
  #waitingPlain = 0;
  #rejects: Reject[] = [];
  /** Rows of leads that are in the list, with what they are worth now. */
  #revalued: LeadRow[] = [];
  /** Numbers that the filter passed, of the rows that wait. */
  #suspects: DialNumber[] = [];
  #storing: Promise<void> = Promise.resolve();
  /** Nothing is being stored. */
  #idle = true;

  constructor(parts: Parts, from: ImportProgress) {
    this.#parts = parts;
    this.#progress = from;
    const { records, taken, rejected, doubled, known, unwanted, elsewhere } = from;
    this.#counts = { records, taken, rejected, doubled, known, unwanted, elsewhere };
    this.#askOurs = from.taken > 0;
    this.#ask = this.#askOurs || from.listHasLeads || parts.leftOut.length > 0;
  }

  /** Reads the file to its end, or to an interrupt; returns how far it came. */
  async read(): Promise<ImportProgress> {
    const { file, signal, onStep } = this.#parts.order;
    const { records: begun, own } = this.#progress;
    for await (const { rows, bytes } of (own ? readRows : judgedRows)(file, signal, begun)) {
      for (const row of rows) {
        if ("copy" in row) this.#takePlain(row);
        else this.#take(row);
      }
      if (this.#isEnough()) {
        this.#expect(bytes);
        await this.#flush();
      }
      const { records, rejected, doubled, unwanted } = this.#counts;
      onStep({ bytes, rows: records, rejected: rejected + doubled + unwanted });
    }
    await this.#flush();
    await this.#storing;
    if (signal.aborted) throw interrupted();
    return this.#progress;
  }

  /** A whole batch; or some plain rows, which are soon read, while Postgres has nothing to do. */
  #isEnough(): boolean {
    return this.#waiting >= limits.importBatch
      || (this.#idle && this.#waitingPlain >= limits.importPlainBytes / 5);
  }

  /** Room for as many numbers as the file may have, going by its beginning, of `bytes`. */
  #expect(bytes: number): void {
    if (this.#expected) return;
    this.#expected = true;
    const { file } = this.#parts.order;
    this.#seen.reserve(Math.min(limits.importSeen, this.#seen.size * file.bytes / bytes));
  }

  #take(row: Judged): void {
    this.#counts.records++;
    this.#waiting++;
    if ("rejection" in row) {
      this.#counts.rejected++;
      this.#reject(row.rejection);
      return;
    }
    const { lead, cells } = row;
    const firstLine = this.#seenOn(lead);
    if (firstLine !== undefined) {
      this.#leaveDoubled({ line: lead.line, cells }, firstLine);
      return;
    }
    this.#remember(lead);
    this.#candidates.push({ lead, cells });
  }

  /** The same as `take` for many rows, of one number each. */
  #takePlain(rows: PlainRows): void {
    const { count, keys, firstLine, kept } = rows;
    const { doNotCall, erased, order } = this.#parts;
    if (this.#seen.size + count > limits.importSeen) this.#forgetSeen();
    this.#counts.records += count;
    const bytes = count === 0 ? 0 : rows.copyEnds[count - 1] as number;
    this.#waitingPlain += bytes;
    this.#waiting += bytes * limits.importBatch / limits.importPlainBytes;
    for (let i = 0; i < count; i++) {
      const key = keys[i] as number;
      const before = this.#seen.claim(key, firstLine + i);
      if (before !== 0) {
        kept[i] = 0;
        const cells = plainCells(order.file, rows, i);
        this.#leaveDoubled({ line: firstLine + i, cells }, before);
        continue;
      }
      if (doNotCall.mayHave(key) || (!erased.none && erased.has(numberOf(key)))) {
        this.#suspects.push(numberOf(key));
      }
    }
    this.#candidates.push(rows);
  }

  #leaveDoubled(row: LeftRow, firstLine: number): void {
    this.#leave("doubled", row, text(
      `the number is that of line ${firstLine}`, `号码与第 ${firstLine} 行重复`));
  }

  /** The line of the lead that this row is again: either has the other's first number. */
  #seenOn({ numbers }: LeadRow): number | undefined {
    for (let i = 0; i < numbers.length; i++) {
      const sighting = this.#seen.find(keyOf(numbers[i] as DialNumber));
      if (sighting !== undefined && (i === 0 || sighting.first)) return sighting.line;
    }
    return undefined;
  }

  #remember({ numbers, line }: LeadRow): void {
    if (this.#seen.size >= limits.importSeen) this.#forgetSeen();
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] as DialNumber;
      const key = keyOf(number);
      this.#seen.add(key, { line, first: i === 0 });
      const { doNotCall, erased } = this.#parts;
      if (doNotCall.mayHave(key) || erased.has(number)) this.#suspects.push(number);
    }
  }

  /** From now on the store is asked for what it has; it does not have the rows at hand yet. */
  #forgetSeen(): void {
    this.#seen = new NumberTable();
    this.#ask = true;
    this.#askOurs = true;
    for (const row of this.#candidates) {
      if ("copy" in row) {
        row.keys.subarray(0, row.count).forEach((key, i) => {
          if (row.kept[i] === 1) this.#seen.add(key, { line: row.firstLine + i, first: true });
        });
        continue;
      }
      const { numbers, line } = row.lead;
      numbers.forEach((each, i) => { this.#seen.add(keyOf(each), { line, first: i === 0 }); });
    }
  }

  #reject(rejection: Rejection): void {
    this.#rejects.push({
      line: rejection.line, text: rejectLine(rejection, this.#parts.order.language),
    });
  }

  #leave(why: Reason, { line, cells }: LeftRow, reason: Text): void {
    this.#counts[why]++;
    const { mapping } = this.#parts.order.file;
    const column = mapping.columns[mapping.fields.phone ?? 0] ?? "";
    this.#reject({ line, column, reason, cells });
  }

  /** Sorts the rows at hand out, and stores those that are new while reading goes on. */
  async #flush(): Promise<void> {
    const { store, rejects } = this.#parts;
    const candidates = this.#candidates;
    this.#candidates = [];
    this.#waiting = 0;
    this.#waitingPlain = 0;
    // Asked on a connection of its own while the batch before is still being stored.
    const unwanted = this.#suspects.length === 0
      ? new Set<DialNumber>() : await store.unwanted(this.#suspects);
    this.#suspects = [];
    await this.#storing;
    const rows = this.#ask
      ? await this.#newOfAsked(candidates.flatMap((each) => this.#singly(each)), unwanted)
      : this.#newOf(candidates, unwanted);
    this.#counts.taken += countRows(rows);
    this.#rejects.sort((a, b) => a.line - b.line);
    for (const each of this.#rejects) rejects.add(each.text);
    this.#rejects = [];
    await rejects.flush();
    const at = { ...this.#progress, ...this.#counts, rejectBytes: rejects.bytes };
    // Reading goes on while Postgres takes the batch; the next flush waits for it.
    const revalued = this.#revalued;
    this.#revalued = [];
    this.#idle = false;
    this.#storing = store.store(at, rows, revalued).then(() => {
      this.#progress = at;
      this.#idle = true;
    });
    this.#storing.catch(() => undefined);
  }

  /** Each kept one of plain rows as any other row is. */
  #singly(rows: TakenRow | PlainRows): readonly TakenRow[] {
    if (!("copy" in rows)) return [rows];
    const { file } = this.#parts.order;
    return [...rows.kept].flatMap((kept, i) => kept === 1 ? [plainRow(file, rows, i)] : []);
  }

  async #newOfAsked(
    candidates: readonly TakenRow[], unwanted: ReadonlySet<DialNumber>,
  ): Promise<RowsToStore> {
    const { store, leftOut } = this.#parts;
    const known = await store.known(this.#progress, {
      rows: candidates.map(({ lead }) => lead), leftOut, ours: this.#askOurs,
    });
    return candidates.flatMap((each) => this.#isNew(each, unwanted, known) ? [each.lead] : []);
  }

  /** Where nobody is known: all but those who must not be called. */
  #newOf(
    candidates: readonly (TakenRow | PlainRows)[], unwanted: ReadonlySet<DialNumber>,
  ): RowsToStore {
    const keys = new Set([...unwanted].map(keyOf));
    return candidates.flatMap((each): RowsToStore => {
      if (!("copy" in each)) return this.#isNew(each, unwanted, nobodyKnown) ? [each.lead] : [];
      for (let i = 0; keys.size > 0 && i < each.count; i++) {
        if (each.kept[i] === 0 || !keys.has(each.keys[i] as number)) continue;
        this.#isNew(plainRow(this.#parts.order.file, each, i), unwanted, nobodyKnown);
        each.kept[i] = 0;
      }
      return [each];
    });
  }

  #isNew(
    candidate: TakenRow, unwanted: ReadonlySet<DialNumber>, known: KnownNumbers,
  ): boolean {
    const { numbers, line } = candidate.lead;
    const left: LeftRow = { line, cells: candidate.cells };
    if (unwanted.size > 0 && numbers.some((each) => unwanted.has(each))) {
      const { erased } = this.#parts;
      // Nothing of a person who was erased is written down again: the line is all that is said.
      const cells = numbers.some((each) => erased.has(each)) ? [] : left.cells;
      this.#leave("unwanted", { line, cells }, rowReasons["do-not-call"]);
      return false;
    }
    if (known === nobodyKnown) return true;
    const where = [...numbers.map((each) => known.firsts.get(each)), known.further.get(numbers[0])];
    if (where.includes("list")) {
      this.#counts.known++;
      if (candidate.lead.value !== undefined) this.#revalued.push(candidate.lead);
      return false;
    }
    if (where.includes("file")) {
      this.#leave("doubled", left, rowReasons.duplicate);
      return false;
    }
    if (!where.includes("elsewhere")) return true;
    this.#leave("elsewhere", left, rowReasons["left-out"]);
    return false;
  }
}

const busy = (list: string): UserError => new UserError(
  text(`the list ${list} is being imported into right now`, `名单 ${list} 正在被另一个导入写入`),
  text("wait until the other import has ended", "请等待另一个导入结束"),
);

async function listsToLeaveOut(order: ImportOrder, store: ImportStore): Promise<readonly ListId[]> {
  try {
    return await store.listsNamed(order.leftOut ?? []);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(
      text(`there is no dial list ${JSON.stringify(error.message)} to leave out`,
        `没有名为 ${JSON.stringify(error.message)} 的名单可供排除`),
      text("`ringwright list show` names the lists", "可用 `ringwright list show` 查看名单"),
    );
  }
}

/**
 * Imports a file into a list. Running it again with the same file adds nothing. Throws UserError
 * when it was interrupted or runs elsewhere, StoreUnavailable when the database is away.
 */
export async function importList(order: ImportOrder, store: ImportStore): Promise<ImportSummary> {
  const { file, language, list, rejectFile: path } = order;
  const leftOut = await listsToLeaveOut(order, store);
  const found = await store.begin(list, file.fingerprint, {
    file: file.path, bytes: file.bytes, rejects: path,
  });
  if (found === undefined) throw busy(list);
  const from = await stillHasRejects(path, found.rejectBytes)
    ? found : await store.startAgain(found);
  const head = rejectHeader(file.mapping.columns, language);
  const rejects = new RejectFile(path, head, from.rejectBytes);
  let whole = false;
  try {
    const doNotCall = await store.doNotCall();
    const erased = await store.erased();
    const run = new ImportRun({ order, store, rejects, doNotCall, erased, leftOut }, from);
    const progress = await run.read();
    await store.finish(progress);
    whole = true;
    const { records, taken, rejected, doubled, known, unwanted, elsewhere } = progress;
    return {
      rows: records, added: taken, rejected, doubled, known, unwanted, elsewhere,
      rejectFile: await rejects.close(true), resumedAt: from.records,
    };
  } finally {
    if (!whole) await rejects.close(false);
  }
}
