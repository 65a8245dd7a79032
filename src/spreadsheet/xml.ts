/**
 * Owns reading XML piece by piece with bounded memory. A document that declares a type of its own
 * is refused, so that no entity can grow; so is one with a piece that never ends.
 */
import { SaxesParser, type SaxesTagPlain } from "saxes";
import { limits } from "../limits.ts";

export class BrokenXml extends Error {}

export interface XmlHandlers {
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** Names without their prefix: some programs write `x:row` for `row`. */
const local = (name: string): string => {
  const colon = name.indexOf(":");
  return colon < 0 ? name : name.slice(colon + 1);
};

export interface XmlReader {
  /** Throws BrokenXml. */
  write(piece: string): void;
  end(): void;
}

export function xmlReader(handlers: XmlHandlers): XmlReader {
  const parser = new SaxesParser<object>({});
  let sinceEvent = 0;
  const heard = (): void => { sinceEvent = 0; };
  parser.on("error", (error) => { throw new BrokenXml(error.message); });
  parser.on("doctype", () => { throw new BrokenXml("a document type of its own"); });
  parser.on("opentag", (tag: SaxesTagPlain) => {
    heard();
    handlers.open?.(local(tag.name), tag.attributes);
  });
  parser.on("text", (text) => {
    heard();
    handlers.text?.(text);
  });
  parser.on("cdata", (text) => {
    heard();
    handlers.text?.(text);
  });
  parser.on("closetag", (tag: SaxesTagPlain) => {
    heard();
    handlers.close?.(local(tag.name));
  });
  return {
    write(piece) {
      sinceEvent += piece.length;
      parser.write(piece);
      if (sinceEvent > limits.xlsxPieceChars) throw new BrokenXml("a piece that does not end");
    },
    end() {
      parser.close();
    },
  };
}
