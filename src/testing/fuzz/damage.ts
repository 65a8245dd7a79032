/**
 * Owns how a good input becomes a bad one: cut, doubled, spliced with another, or strewn with what
 * breaks parsers. The same random stream damages in the same way.
 */
import { below, chance, type Random } from "../../random.ts";

/** What parsers stumble over: ends of lines, quotes, marks of formats, halves of letters. */
const poison: readonly string[] = [
  "\u0000", "\r\n", "\n", "\r", "\t", "\u001b[2J", '"', "'", "`", "\\", "\\u0000", "{", "}", "[", "]",
  ":", ": ", ";", ",", "|", "&", "*", "#", "%", "%s", "!", "@", "=", "+", "-", "../", "$(id)", "${x}",
  "null", "true", "-1", "0", "1e309", "NaN", "999999999999999999999", "0x7fffffff", "__proto__",
  "constructor", "\ud800", "\udc00", "\ufeff", "\u202e", "\u200b", "\uff11", "\u0661", "中", "e\u0301",
  "&a ", "*a", "<<: ", "---\n", "!!js/function ", "sip:", "\r\n\r\n", "Action: Originate",
  "' or 1=1 --", "\u2028", "\u0085",
];

const pick = <T>(random: Random, values: readonly T[]): T => {
  const value = values[below(random, values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
};

/** Puts `piece` in the place of `length` letters at `at`. */
const put = (text: string, at: number, length: number, piece: string): string =>
  text.slice(0, at) + piece + text.slice(at + length);

function damagedOnce(text: string, samples: readonly string[], random: Random): string {
  const at = below(random, text.length + 1);
  const length = below(random, 1 + Math.min(20, text.length - at));
  switch (below(random, 8)) {
    case 0: return put(text, at, 0, pick(random, poison));
    case 1: return put(text, at, length, pick(random, poison));
    case 2: return put(text, at, length, "");
    case 3: return put(text, at, 0, text.slice(at, at + length));
    case 4: return text.slice(0, at);
    case 5: {
      const letters = chance(random, 0.5) ? 128 : 65_536;
      return put(text, at, 1, String.fromCharCode(below(random, letters)));
    }
    case 6: {
      const other = pick(random, samples);
      return text.slice(0, at) + other.slice(below(random, other.length + 1));
    }
    default: return put(text, at, 0, pick(random, poison).repeat(1 + below(random, 200)));
  }
}

/** One of `samples`, whole now and then, damaged up to six times otherwise. */
export function damagedText(samples: readonly string[], random: Random): string {
  let text = pick(random, samples);
  for (let left = below(random, 7); left > 0; left--) text = damagedOnce(text, samples, random);
  // Growth by doubling would measure the machine's memory and not the parser.
  return text.slice(0, 20_000);
}

/** As `damagedText`, for formats of bytes. */
export function damagedBytes(samples: readonly Uint8Array[], random: Random): Uint8Array {
  const bytes = Uint8Array.from(pick(random, samples));
  for (let left = below(random, 9); left > 0; left--) {
    const at = below(random, bytes.length);
    const run = chance(random, 0.2) ? below(random, 8) : 1;
    const value = pick(random, [0, 1, 0x7f, 0x80, 0xff, below(random, 256)]);
    bytes.fill(value, at, at + run);
  }
  return chance(random, 0.3) ? bytes.slice(0, below(random, bytes.length + 1)) : bytes;
}
