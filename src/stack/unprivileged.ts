/**
 * Owns running a server without root's rights when we are root. Postgres refuses to run as root
 * at all; for the others it is good sense.
 */
import { UserError } from "../errors.ts";
import { text } from "../language.ts";
import { tryCommand, type Argv } from "./command.ts";

export const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * The words to put before a command. Root enters a user namespace, in which it is the user daemon
 * (uid 1 on every Debian and Ubuntu; initdb wants a uid that has a name): the server then has no
 * rights beyond the files root owns, and reads a checkout below a folder closed to all others,
 * which a change to another user could not.
 */
export async function unprivilegedPrefix(signal?: AbortSignal): Promise<readonly string[]> {
  if (!isRoot()) return [];
  const enter = ["unshare", "--user", "--map-user=1", "--map-group=1", "--"] as const;
  const result = await tryCommand([...enter, "true"], signal ? { signal } : {});
  if (result?.status === 0) return enter;
  throw new UserError(
    text("this machine forbids user namespaces, so Postgres cannot be started by root",
      "本机禁止用户命名空间，root 无法启动 Postgres"),
    text("run as an ordinary user, or give DATABASE_URL", "请以普通用户运行，或设置 DATABASE_URL"),
    3,
  );
}

export const withPrefix = (prefix: readonly string[], argv: Argv): Argv => {
  const [first, ...rest] = [...prefix, ...argv];
  return first === undefined ? argv : [first, ...rest];
};
