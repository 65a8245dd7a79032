/**
 * Owns the encodings of imported text: which one a file has, told from its first bytes, and how
 * bytes that do not fit it show in the text (as U+FFFD, which rejects the row they are in).
 */
import { isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";

export const encodings = ["utf-8", "gb18030", "utf-16le", "utf-16be"] as const;
export type Encoding = (typeof encodings)[number];

/** What a decoder writes for bytes that are not of its encoding. */
export const UNREADABLE = "\ufffd";

/** The names people give; undefined for one we do not read. */
export function encodingNamed(name: string): Encoding | undefined {
  const plain = name.toLowerCase().replace(/[-_ ]/g, "");
  if (plain === "utf8" || plain === "utf8bom" || plain === "ascii") return "utf-8";
  if (plain === "gb18030" || plain === "gbk" || plain === "gb2312" || plain === "cp936") {
    return "gb18030";
  }
  if (plain === "utf16" || plain === "utf16le" || plain === "unicode") return "utf-16le";
  return plain === "utf16be" ? "utf-16be" : undefined;
}

/** Cuts a character that the sample holds only the beginning of. */
function wholeUtf8(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return bytes.subarray(0, bytes.length - back);
  }
  return bytes;
}

function readsAs(encoding: Encoding, bytes: Uint8Array): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/**
 * The encoding of a file that begins with `bytes`; undefined when it is none that we read, as
 * with a picture or a spreadsheet. `whole` says that the bytes are the whole file.
 */
export function guessEncoding(bytes: Uint8Array, whole: boolean): Encoding | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  // No text of these encodings holds a zero byte; programs, archives and pictures do.
  if (bytes.includes(0)) return undefined;
  if (isUtf8(whole ? bytes : wholeUtf8(bytes))) return "utf-8";
  return readsAs("gb18030", bytes) ? "gb18030" : undefined;
}

/** Decodes piece by piece; the byte-order mark is taken off, bad bytes become U+FFFD. */
export const decoderFor = (encoding: Encoding): TextDecoder => new TextDecoder(encoding);
