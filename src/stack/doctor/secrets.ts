/** Owns which passwords we refuse: those every attacker tries first. */
import { text } from "../../language.ts";
import { bad, good, type Verdict } from "./check.ts";

/**
 * Passwords out of the samples and tutorials of Asterisk, FreeSWITCH (`ClueCon`), FreePBX
 * (`amp111`), Postgres and Redis.
 */
const wellKnown: ReadonlySet<string> = new Set([
  "", "asterisk", "ari", "ami", "cluecon", "admin", "amp111", "manager", "mysecret", "secret",
  "password", "postgres", "redis", "ringwright", "changeme", "change_me", "test", "1234", "12345",
  "123456", "12345678", "peekaboo", "foobared", "root",
]);

/** The shortest password that is not soon guessed by trying, when tries are not counted. */
const shortest = 8;

export const isWellKnown = (password: string): boolean =>
  password.length < shortest || wellKnown.has(password.toLowerCase());

export const judgeSecret = (variable: string) => (known: boolean): Verdict => known
  ? bad(text("empty, short or one that everybody knows", "为空、过短或众所周知"),
    text(`set a long random one there and in ${variable}`,
      `请在服务端与 ${variable} 中改用随机长密码`))
  : good(text("not a well-known one", "非常见密码"));

/** Log-ins that samples and tutorials leave behind on a switch. */
export const sampleLogins: readonly { readonly user: string; readonly password: string }[] = [
  { user: "asterisk", password: "asterisk" },
  { user: "admin", password: "admin" },
  { user: "admin", password: "amp111" },
  { user: "manager", password: "mysecret" },
];
