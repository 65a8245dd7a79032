/**
 * Owns the framing of baresip's control socket: netstrings (cr.yp.to/proto/netstrings.txt) around
 * JSON.
 */

export function encodeNetstring(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`${bytes.length}:`), bytes, Buffer.from(",")]);
}

/** No message of baresip is near this; a longer length means we lost the frame. */
const longest = 1_000_000;

/** Returns a function that takes bytes as they come and gives the whole messages among them. */
export function netstringReader(): (bytes: Buffer) => readonly string[] {
  let held = Buffer.alloc(0);
  return (bytes) => {
    held = Buffer.concat([held, bytes]);
    const messages: string[] = [];
    for (;;) {
      const colon = held.indexOf(":");
      if (colon < 0) {
        if (held.length > String(longest).length) throw new Error("a netstring without a length");
        return messages;
      }
      const digits = held.toString("latin1", 0, colon);
      const length = /^\d+$/.test(digits) ? Number(digits) : Infinity;
      if (length > longest) throw new Error(`a netstring of length ${digits}`);
      const end = colon + 1 + length;
      if (held.length <= end) return messages;
      if (held[end] !== 0x2c) throw new Error("a netstring without its comma");
      messages.push(held.toString("utf8", colon + 1, end));
      held = held.subarray(end + 1);
    }
  };
}
