/** Owns the checks of each trunk: whether the carrier answers, the switch has it and speaks it. */
import { systemClock } from "../../clock.ts";
import type { Config, SwitchConfig } from "../../config.ts";
import { text } from "../../language.ts";
import { createStore } from "../../store/postgres/store.ts";
import type { Trunk } from "../../store/store.ts";
import { sipPing, type SipPing } from "../../telephony/sip-ping.ts";
import { bad, checkOf, good, plain, type Check, type Verdict } from "./check.ts";
import { askAri } from "../ask-switch.ts";
import { accountOf, withAmi } from "./switch.ts";

export function judgeOptions({ host, port, ping }:
Pick<Trunk, "host" | "port"> & { readonly ping: SipPing }): Verdict {
  const check = text(`see that ${host}:${port} is right and that the carrier lets this machine in`,
    `请确认 ${host}:${port} 无误，且运营商已放行本机`);
  if (ping.result === "unreachable") {
    return bad(text(`cannot be reached: ${ping.code}`, `无法到达：${ping.code}`), check);
  }
  if (ping.result === "no-answer") {
    return bad(text(`no answer to OPTIONS in ${ping.afterMs} ms`,
      `${ping.afterMs} 毫秒内未应答 OPTIONS`), check);
  }
  const { status, roundTripMs } = ping.answer;
  const seen = text(`OPTIONS: ${status} in ${Math.round(roundTripMs)} ms`,
    `OPTIONS：${Math.round(roundTripMs)} 毫秒后应答 ${status}`);
  // A 4xx is a carrier that is there and wants an account; a 5xx one that takes no calls now.
  return status < 500 ? good(seen)
    : bad(seen, text("the carrier takes no calls now: ask it", "运营商暂不接受呼叫，请联系运营商"));
}

/** The module of Asterisk that speaks each codec a trunk may have. */
const codecModule: Readonly<Record<string, string>> = {
  ulaw: "codec_ulaw.so", alaw: "codec_alaw.so", g722: "codec_g722.so",
};

export interface SwitchView {
  /** 404 when the switch has no such endpoint. */
  readonly status: number;
  readonly state: string | undefined;
  readonly missingModules: readonly string[];
}

export function judgeSwitchView({ status, state, missingModules }: SwitchView): Verdict {
  if (missingModules.length > 0) {
    return bad(text(`the switch cannot speak it: ${missingModules.join(", ")}`,
      `交换机缺少编解码模块：${missingModules.join("、")}`),
    text("load these modules", "请加载这些模块"));
  }
  if (status === 404) {
    return bad(text("the switch does not know it", "交换机没有该中继"),
      text("run `ringwright pbx render --reload`", "请运行 `ringwright pbx render --reload`"));
  }
  if (status !== 200) {
    return bad(plain(`ARI: ${status}`), text("run `ringwright up`", "请运行 `ringwright up`"));
  }
  return state === "online" ? good(text("online at the switch", "交换机侧在线"))
    : bad(text(`${state ?? "unknown"} at the switch`, `交换机侧状态：${state ?? "未知"}`),
      text("the carrier does not answer the switch's OPTIONS with 2xx; see it with `trunk test`",
        "运营商未以 2xx 应答交换机的 OPTIONS，可用 `trunk test` 查看"));
}

/**
 * Has the switch ask the trunk by OPTIONS at once, instead of when it is next due; it notes the
 * answer, or after `qualify_timeout` that there was none. A switch that has not got the trunk
 * refuses, and so may one whose AMI we cannot use: `viewOf` tells.
 */
export async function askAnew(server: SwitchConfig, trunk: Trunk): Promise<void> {
  await withAmi(accountOf(server), (ami) =>
    ami.send("PJSIPQualify", [["Endpoint", `trunk-${trunk.name}`]])).catch(() => undefined);
}

/** What the switch thinks of a trunk. Throws when it cannot be asked. */
export async function viewOf(server: SwitchConfig, trunk: Trunk): Promise<SwitchView> {
  const { status, body } = await askAri(server, `endpoints/PJSIP/trunk-${trunk.name}`);
  const modules = trunk.codecs.map((codec) => codecModule[codec] ?? `codec_${codec}.so`);
  const missingModules: string[] = [];
  for (const module of modules) {
    if ((await askAri(server, `asterisk/modules/${module}`)).status !== 200) {
      missingModules.push(module);
    }
  }
  return { status, state: (body as { state?: string } | undefined)?.state, missingModules };
}

/** No check at all while there is no database to read the trunks from: that is told elsewhere. */
export async function trunkChecks({ databaseUrl, switches }: Config): Promise<readonly Check[]> {
  if (databaseUrl === undefined) return [];
  const store = createStore(databaseUrl);
  let trunks: readonly Trunk[];
  try {
    trunks = (await store.trunks()).filter(({ enabled }) => enabled);
  } catch {
    return [];
  } finally {
    await store.close();
  }
  const whenBlind = text("run `ringwright up`", "请运行 `ringwright up`");
  return trunks.flatMap((trunk) => [
    checkOf({
      name: `trunk-${trunk.name}`, label: text(`trunk ${trunk.name}`, `中继 ${trunk.name}`),
      look: async () => ({ ...trunk, ping: await sipPing(trunk, systemClock) }),
      judge: judgeOptions, whenBlind,
    }),
    ...switches.map((server): Check => ({
      behind: server.name,
      ...checkOf({
        name: `trunk-${trunk.name}-at-${server.name}`,
        label: text(`trunk ${trunk.name} at ${server.name}`, `${server.name} 上的中继 ${trunk.name}`),
        look: () => viewOf(server, trunk), judge: judgeSwitchView, whenBlind,
      }),
    })),
  ]);
}
