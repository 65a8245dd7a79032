/** Owns what an agent may dial or press: the table in ARCHITECTURE.md, as data. Pure. */

export type AgentMode = "off-hook" | "on-hook";

export type AgentCode =
  | { readonly do: "log-in"; readonly mode: AgentMode }
  | { readonly do: "log-out" }
  | { readonly do: "ready" }
  | { readonly do: "pause"; readonly reason: number }
  /** Pressed during a call: hang up on the lead. */
  | { readonly do: "hang-up" };

const table: ReadonlyMap<string, AgentCode> = new Map<string, AgentCode>([
  ["*11", { do: "log-in", mode: "off-hook" }],
  ["*12", { do: "log-in", mode: "on-hook" }],
  ["*00", { do: "log-out" }],
  ["*60", { do: "ready" }],
  ...Array.from({ length: 9 }, (_, i): [string, AgentCode] =>
    [`*6${i + 1}`, { do: "pause", reason: i + 1 }]),
  ["*7", { do: "hang-up" }],
]);

export const codeOf = (dialed: string): AgentCode | undefined => table.get(dialed);

/** Longest pause between two keys of one code; a stray star is forgotten after it. */
export const keyPauseMs = 3_000;

/** What the keys pressed so far amount to. `keys` is to be kept for the next key. */
export type Typed =
  | { readonly is: "code"; readonly code: AgentCode }
  | { readonly is: "begun"; readonly keys: string }
  | { readonly is: "nothing" };

export function typed(before: string, key: string): Typed {
  // A star always begins anew, so that a mistyped code can be corrected at once.
  const keys = key === "*" ? "*" : before === "" ? "" : before + key;
  const code = table.get(keys);
  if (code) return { is: "code", code };
  if (keys === "") return { is: "nothing" };
  for (const each of table.keys()) if (each.startsWith(keys)) return { is: "begun", keys };
  return { is: "nothing" };
}
