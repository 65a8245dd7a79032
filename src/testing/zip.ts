/**
 * Owns making zip files for tests and benches: parts from texts, which may be longer than memory.
 * The declared size may be told to lie, as that of a zip bomb does.
 */
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { crc32, createDeflateRaw } from "node:zlib";

export interface ZipPart {
  readonly name: string;
  readonly content: Iterable<string>;
  /** Declared length; the true one by default. */
  readonly declared?: number;
}

interface Packed {
  readonly name: Buffer;
  readonly bytes: Buffer;
  readonly crc: number;
  readonly length: number;
}

async function pack({ name, content, declared }: ZipPart): Promise<Packed> {
  const deflate = createDeflateRaw();
  const chunks: Buffer[] = [];
  deflate.on("data", (chunk: Buffer) => { chunks.push(chunk); });
  let crc = 0;
  let length = 0;
  for (const piece of content) {
    const bytes = Buffer.from(piece);
    crc = crc32(bytes, crc);
    length += bytes.length;
    if (!deflate.write(bytes)) await once(deflate, "drain");
  }
  deflate.end();
  await once(deflate, "end");
  return { name: Buffer.from(name), bytes: Buffer.concat(chunks), crc, length: declared ?? length };
}

/** The fields that the local and the central header of a part have in common (APPNOTE 4.3.7). */
function fields({ name, bytes, crc, length }: Packed): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt16LE(8, 4);
  header.writeUInt32LE(crc, 10);
  header.writeUInt32LE(bytes.length, 14);
  header.writeUInt32LE(length, 18);
  header.writeUInt16LE(name.length, 22);
  return header;
}

const signature = (code: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(code);
  return bytes;
};

export async function writeZip(path: string, parts: readonly ZipPart[]): Promise<void> {
  const out = createWriteStream(path);
  const central: Buffer[] = [];
  let at = 0;
  const write = (...all: readonly Buffer[]): void => {
    for (const each of all) {
      out.write(each);
      at += each.length;
    }
  };
  for (const part of parts) {
    const packed = await pack(part);
    const made = Buffer.alloc(2);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    central.push(Buffer.concat(
      [signature(0x0201_4b50), made, fields(packed), place, packed.name]));
    write(signature(0x0403_4b50), fields(packed), packed.name, packed.bytes);
  }
  const start = at;
  write(...central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(at - start, 8);
  end.writeUInt32LE(start, 12);
  write(signature(0x0605_4b50), end);
  out.end();
  await once(out, "close");
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>';
const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';

export interface WorkbookParts {
  /** The rows' XML of each sheet, by its name. */
  readonly sheets: Readonly<Record<string, Iterable<string>>>;
  readonly hidden?: readonly string[];
  /** The `si` elements. */
  readonly strings?: Iterable<string>;
  readonly styles?: string;
  readonly is1904?: boolean;
}

function* around(before: string, inner: Iterable<string>, after: string): Generator<string> {
  yield before;
  yield* inner;
  yield after;
}

/** The parts of a workbook as a spreadsheet program would write them. */
export function workbookParts(book: WorkbookParts): readonly ZipPart[] {
  const names = Object.keys(book.sheets);
  const sheets = names.map((name, i) => `<sheet name="${name}" sheetId="${i + 1}"
    ${book.hidden?.includes(name) === true ? 'state="hidden"' : ""} r:id="rId${i + 1}"/>`).join("");
  const relations = names.map((_, i) =>
    `<Relationship Id="rId${i + 1}" Target="worksheets/sheet${i + 1}.xml"/>`).join("");
  return [
    {
      name: "xl/workbook.xml",
      content: [`${XML}<workbook ${MAIN} xmlns:r="r"><workbookPr date1904="${book.is1904 === true
        ? 1 : 0}"/><sheets>${sheets}</sheets></workbook>`],
    },
    { name: "xl/_rels/workbook.xml.rels", content: [`<Relationships>${relations}</Relationships>`] },
    ...book.styles === undefined ? []
      : [{ name: "xl/styles.xml", content: [`<styleSheet ${MAIN}>${book.styles}</styleSheet>`] }],
    ...book.strings === undefined ? [] : [{
      name: "xl/sharedStrings.xml", content: around(`<sst ${MAIN}>`, book.strings, "</sst>"),
    }],
    ...names.map((name, i) => ({
      name: `xl/worksheets/sheet${i + 1}.xml`,
      content: around(`<worksheet ${MAIN}><sheetData>`, book.sheets[name] ?? [],
        "</sheetData></worksheet>"),
    })),
  ];
}
