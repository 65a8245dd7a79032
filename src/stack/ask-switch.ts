/**
 * Owns plain questions to a switch, for the stack and the doctor: whether it is there, whether it
 * has started, what it has loaded, and the wish that its calls end.
 */
import { connect } from "node:net";
import type { SwitchConfig } from "../config.ts";
import { messageOf } from "../errors.ts";
import { limits } from "../limits.ts";
import { waitUntil } from "./patience.ts";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** One question to ARI, as any user. The status is part of the answer, whatever it is. */
export async function askAri(
  { ariUrl, ariUser, ariPassword }: Pick<SwitchConfig, "ariUrl" | "ariUser" | "ariPassword">,
  path: string, method: "GET" | "DELETE" = "GET",
): Promise<Answer> {
  const authorization = `Basic ${Buffer.from(`${ariUser}:${ariPassword}`).toString("base64")}`;
  const response = await fetch(`${ariUrl}/ari/${path}`, {
    method, headers: { authorization }, signal: AbortSignal.timeout(limits.switchRequestMs),
  }).catch((error: unknown) => {
    // "fetch failed" is all that the error itself says.
    const { cause } = error as Error;
    throw new Error(`ARI at ${new URL(ariUrl).host}: ${messageOf(cause ?? error)}`, { cause: error });
  });
  const said = await response.text();
  return { status: response.status, body: said.startsWith("{") || said.startsWith("[")
    ? JSON.parse(said) as unknown : said };
}

/** The first bytes a server sends by itself; empty when it cannot be reached. */
function greetingOf(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const end = (said: string): void => {
      socket.destroy();
      resolve(said);
    };
    socket.once("data", (data) => { end(data.toString("latin1")); });
    for (const event of ["error", "timeout", "close"]) socket.once(event, () => { end(""); });
  });
}

/** Whether ARI takes our password and AMI is there. */
export async function asteriskAnswers(server: SwitchConfig): Promise<boolean> {
  const info = await askAri(server, "asterisk/info").catch(() => undefined);
  return info?.status === 200
    && (await greetingOf(server.amiHost, server.amiPort)).startsWith("Asterisk Call Manager/");
}

/** Names of the modules that run. Throws when the switch cannot be asked. */
export async function runningModules(server: SwitchConfig): Promise<readonly string[]> {
  const { status, body } = await askAri(server, "asterisk/modules");
  if (status !== 200) throw new Error(`ARI: ${status}`);
  return (body as { name: string; status: string }[])
    .filter((each) => each.status === "Running").map(({ name }) => name);
}

/**
 * Whether a switch that answers has also started: ARI is there before the modules behind it, and
 * refuses then what it will take a moment later.
 */
export async function hasStarted(
  server: SwitchConfig, modules: readonly string[],
): Promise<boolean> {
  const running = new Set(await runningModules(server).catch(() => []));
  return modules.every((each) => running.has(each));
}

/**
 * Ends every call that is up, and resolves when none is left or `limits.callsEndMs` are over.
 * Asterisk itself waits up to 15 s for its channels when it is told to stop, and a leg in our
 * application does not hear that; asked by ARI, each is gone at once. Throws when it cannot be
 * asked.
 */
export async function endCalls(
  server: Pick<SwitchConfig, "ariUrl" | "ariUser" | "ariPassword">,
): Promise<void> {
  const list = async (): Promise<readonly { readonly id: string }[]> =>
    (await askAri(server, "channels")).body as readonly { readonly id: string }[];
  for (const { id } of await list()) {
    await askAri(server, `channels/${encodeURIComponent(id)}`, "DELETE");
  }
  await waitUntil(async () => (await list()).length === 0 || undefined,
    { deadlineMs: limits.callsEndMs });
}
