/**
 * Owns opening a workbook (.xlsx, ECMA-376): the zip around it with its bounds, which sheets there
 * are, the texts they share and which styles are dates. Sheets are read as streams, so that a
 * million rows take the memory of one piece. Nothing in the file is run or fetched.
 */
import type { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { messageOf, UserError } from "../errors.ts";
import { text } from "../language.ts";
import type { CsvRecord } from "../leads/csv.ts";
import { limits } from "../limits.ts";
import { isDateFormat } from "./cell-text.ts";
import { SharedStrings } from "./shared-strings.ts";
import { sheetReader, type SheetTerms } from "./sheet-reader.ts";
import { BrokenXml, xmlReader, type XmlHandlers } from "./xml.ts";

export interface Sheet {
  readonly name: string;
  readonly hidden: boolean;
  /** Length of its XML, by which progress is told. */
  readonly bytes: number;
}

export interface Workbook {
  readonly sheets: readonly Sheet[];
  /** The rows of a sheet, piece by piece; `bytes` is how far reading has come. */
  rows(sheet: Sheet): AsyncGenerator<{ records: readonly CsvRecord[]; bytes: number }>;
  close(): void;
}

const broken = (path: string, why: string): UserError => new UserError(
  text(`${path} cannot be read as a workbook: ${why}`, `无法将 ${path} 作为工作簿读取：${why}`),
  text("open it in a spreadsheet program and save it again as .xlsx, or as CSV in UTF-8",
    "请在表格软件中打开并重新另存为 .xlsx，或另存为 UTF-8 编码的 CSV"),
);

const openZip = (path: string): Promise<ZipFile> => new Promise((resolve, reject) => {
  yauzl.open(path, { lazyEntries: true, autoClose: false }, (error, zip) => {
    if (error) reject(broken(path, error.message));
    else resolve(zip);
  });
});

/** The entries by name; too many of them, or one that grows too much, are refused. */
function entriesOf(zip: ZipFile, path: string): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  return new Promise((resolve, reject) => {
    zip.on("error", (error: Error) => { reject(broken(path, error.message)); });
    zip.on("end", () => { resolve(entries); });
    zip.on("entry", (entry: Entry) => {
      const { fileName, compressedSize, uncompressedSize } = entry;
      const grows = uncompressedSize > limits.xlsxSmallBytes
        && uncompressedSize > compressedSize * limits.xlsxGrowth;
      if (entries.size >= limits.xlsxEntries || uncompressedSize > limits.xlsxPartBytes || grows) {
        reject(broken(path, `${fileName} would take ${uncompressedSize} bytes`));
        return;
      }
      entries.set(fileName.replace(/^\//, ""), entry);
      zip.readEntry();
    });
    zip.readEntry();
  });
}

class OpenWorkbook {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly path: string;

  constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>, path: string) {
    this.#zip = zip;
    this.#entries = entries;
    this.path = path;
  }

  entry(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /** The text of an entry as it is unpacked; the zip reader refuses more bytes than it declared. */
  async* pieces(entry: Entry): AsyncGenerator<{ piece: string; bytes: number }> {
    const stream = await new Promise<Readable>((resolve, reject) => {
      this.#zip.openReadStream(entry, (error, opened) => {
        if (error) reject(broken(this.path, error.message));
        else resolve(opened);
      });
    });
    const decoder = new TextDecoder();
    let bytes = 0;
    try {
      for await (const chunk of stream) {
        bytes += (chunk as Buffer).length;
        yield { piece: decoder.decode(chunk as Buffer, { stream: true }), bytes };
      }
    } catch (error) {
      throw this.asUserError(error);
    } finally {
      stream.destroy();
    }
    yield { piece: decoder.decode(), bytes };
  }

  /** Hands a whole part over to handlers; one that is not there says nothing. */
  async read(name: string, handlers: XmlHandlers): Promise<void> {
    const entry = this.entry(name);
    if (entry === undefined) return;
    const reader = xmlReader(handlers);
    try {
      for await (const { piece } of this.pieces(entry)) reader.write(piece);
      reader.end();
    } catch (error) {
      throw this.asUserError(error);
    }
  }

  asUserError(error: unknown): unknown {
    if (error instanceof UserError) return error;
    // zlib names what it cannot unpack by codes that begin so.
    const packed = (error as NodeJS.ErrnoException).code?.startsWith("Z_") === true;
    const known = error instanceof BrokenXml || error instanceof RangeError || packed
      || (error instanceof Error && /invalid|size|stream/i.test(error.message));
    return known ? broken(this.path, messageOf(error)) : error;
  }

  close(): void {
    this.#zip.close();
  }
}

interface SheetEntry {
  readonly name: string;
  readonly hidden: boolean;
  readonly relation: string;
}

async function sheetsOf(book: OpenWorkbook): Promise<{
  sheets: ReadonlyMap<Sheet, Entry>; is1904: boolean;
}> {
  const found: SheetEntry[] = [];
  const targets = new Map<string, string>();
  let is1904 = false;
  await book.read("xl/workbook.xml", {
    open(name, attributes) {
      if (name === "workbookPr") is1904 = /^(1|true)$/.test(attributes["date1904"] ?? "");
      if (name !== "sheet") return;
      const relation = Object.entries(attributes).find(([key]) => /(^|:)id$/.test(key))?.[1];
      const hidden = (attributes["state"] ?? "visible") !== "visible";
      found.push({ name: attributes["name"] ?? "", hidden, relation: relation ?? "" });
    },
  });
  await book.read("xl/_rels/workbook.xml.rels", {
    open(name, attributes) {
      if (name === "Relationship") targets.set(attributes["Id"] ?? "", attributes["Target"] ?? "");
    },
  });
  const sheets = new Map<Sheet, Entry>();
  for (const { name, hidden, relation } of found) {
    const target = targets.get(relation) ?? "";
    const entry = book.entry(target.startsWith("/") ? target.slice(1) : `xl/${target}`);
    if (entry) sheets.set({ name, hidden, bytes: entry.uncompressedSize }, entry);
  }
  return { sheets, is1904 };
}

async function dateStylesOf(book: OpenWorkbook): Promise<readonly boolean[]> {
  const codes = new Map<number, string>();
  const styles: boolean[] = [];
  let inCells = false;
  await book.read("xl/styles.xml", {
    open(name, attributes) {
      const id = Number(attributes["numFmtId"] ?? 0);
      if (name === "numFmt") codes.set(id, attributes["formatCode"] ?? "");
      if (name === "cellXfs") inCells = true;
      if (name === "xf" && inCells) styles.push(isDateFormat(id, codes.get(id)));
    },
    close(name) {
      if (name === "cellXfs") inCells = false;
    },
  });
  return styles;
}

async function stringsOf(book: OpenWorkbook): Promise<SharedStrings> {
  const strings = new SharedStrings(limits.xlsxSharedBytes);
  let current = "";
  let inText = false;
  let inAid = false;
  await book.read("xl/sharedStrings.xml", {
    open(name) {
      if (name === "si") current = "";
      else if (name === "rPh") inAid = true;
      else if (name === "t") inText = !inAid;
    },
    text(piece) {
      if (inText && current.length <= limits.importLineChars) current += piece;
    },
    close(name) {
      if (name === "si") strings.add(current);
      else if (name === "rPh") inAid = false;
      else if (name === "t") inText = false;
    },
  });
  return strings;
}

async function* rowsOf(
  book: OpenWorkbook, entry: Entry, terms: SheetTerms,
): AsyncGenerator<{ records: readonly CsvRecord[]; bytes: number }> {
  const reader = sheetReader(terms);
  try {
    let read = 0;
    for await (const { piece, bytes } of book.pieces(entry)) {
      read = bytes;
      yield { records: reader.push(piece), bytes };
    }
    yield { records: reader.end(), bytes: read };
  } catch (error) {
    throw book.asUserError(error);
  }
}

/** Opens a workbook; `close` it. Throws UserError when it is none, or too large to be one. */
export async function openWorkbook(path: string): Promise<Workbook> {
  const zip = await openZip(path);
  try {
    const book = new OpenWorkbook(zip, await entriesOf(zip, path), path);
    const { sheets, is1904 } = await sheetsOf(book);
    if (sheets.size === 0) throw broken(path, "no sheets");
    const dateStyles = await dateStylesOf(book);
    // Read when the first row is wanted: a large table of texts may belong to no sheet we read.
    let strings: Promise<SharedStrings> | undefined;
    return {
      sheets: [...sheets.keys()],
      async* rows(sheet) {
        const entry = sheets.get(sheet);
        if (entry === undefined) throw broken(path, `no sheet ${sheet.name}`);
        strings ??= stringsOf(book);
        yield* rowsOf(book, entry, { strings: await strings, dateStyles, is1904 });
      },
      close: () => { book.close(); },
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}
