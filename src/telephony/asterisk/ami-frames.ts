/**
 * Owns the wire format of AMI: lines of `Name: value`, a blank line between messages. The encoder
 * refuses control characters in every field, since a line end in a caller's name would otherwise
 * be a second action.
 */
import { UnsafeValue } from "../../errors.ts";
import { limits } from "../../limits.ts";

/** In order; a name may come more than once. */
export type AmiFields = readonly (readonly [name: string, value: string])[];

export type AmiMessage = ReadonlyMap<string, string>;

export function encodeAction(fields: AmiFields): string {
  for (const [name, value] of fields) {
    if (!/^[A-Za-z-]{1,40}$/.test(name)) throw new UnsafeValue(`AMI field ${JSON.stringify(name)}`);
    if (/[\u0000-\u001f\u007f]/.test(value)) {
      throw new UnsafeValue(`AMI field ${name} has a control character`);
    }
  }
  return `${fields.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n`;
}

/** Cuts a stream of text into messages; what belongs to no message is left out. */
export class AmiDecoder {
  #rest = "";

  /** Throws when a message is longer than `limits.amiMessageBytes`: this is no AMI. */
  read(chunk: string): readonly AmiMessage[] {
    this.#rest += chunk;
    const messages: AmiMessage[] = [];
    for (;;) {
      const end = this.#rest.indexOf("\r\n\r\n");
      if (end < 0) break;
      const message = parseMessage(this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end + 4);
      if (message.size > 0) messages.push(message);
    }
    if (this.#rest.length > limits.amiMessageBytes) throw new Error("an AMI message without end");
    return messages;
  }
}

function parseMessage(text: string): AmiMessage {
  const message = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    // The greeting `Asterisk Call Manager/…` is the one line without a colon.
    if (colon > 0) message.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return message;
}
