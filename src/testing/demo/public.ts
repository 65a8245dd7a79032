/** Owns the running public: SIPp with the demo's people, on free loopback ports. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../clock.ts";
import { text } from "../../language.ts";
import { freePort, freePorts, loopback } from "../../stack/ports.ts";
import { waitUntil } from "../../stack/patience.ts";
import { sipPing } from "../../telephony/sip-ping.ts";
import { startChild, type Child } from "./child.ts";
import { DemoFailure } from "./failure.ts";
import type { Person } from "./people.ts";
import { peopleCsv, peopleFile, scenarioXml } from "./scenario.ts";
import { readTruth, type TrueCall } from "./truth.ts";
import { greetingWithBeep, interceptTones, promptSamples, ringback, toALaw } from "./voices.ts";

export interface Public {
  readonly port: number;
  /** SIPp's record up to now. */
  truth(): readonly TrueCall[];
  /** What SIPp found wrong; empty in a good run. */
  complaints(): string;
  readonly child: Child;
}

/** SIPp has its sound at the port that it is given, and its picture two above. */
const mediaPorts = 3;

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
};

function writeFiles(folder: string, people: readonly Person[]): void {
  const voices = { person: "person.al", machine: "machine.al", network: "network.al",
    intercept: "intercept.al" };
  writeFileSync(join(folder, voices.person), toALaw(promptSamples("zh", ["try-later", "ready"])));
  writeFileSync(join(folder, voices.machine), toALaw(greetingWithBeep()));
  writeFileSync(join(folder, voices.network), toALaw(ringback()));
  writeFileSync(join(folder, voices.intercept), toALaw(interceptTones()));
  writeFileSync(join(folder, peopleFile), peopleCsv(people));
  writeFileSync(join(folder, "scenario.xml"), scenarioXml(voices));
}

export async function startPublic(
  { folder, people, signal }: { folder: string; people: readonly Person[]; signal: AbortSignal },
): Promise<Public> {
  mkdirSync(folder, { recursive: true });
  writeFiles(folder, people);
  const [port, control, media] = [await freePort(), await freePort(), await freePorts(mediaPorts)];
  const child = startChild({
    name: "public", program: "sipp", cwd: folder, log: join(folder, "screen.log"),
    words: [
      "-sf", "scenario.xml", "-inf", peopleFile, "-infindex", peopleFile, "0",
      // Every socket is bound to the loopback address: nothing outside this machine is reached.
      "-i", loopback, "-bind_local", "-mi", loopback, "-p", String(port), "-mp", String(media),
      "-ci", loopback, "-cp", String(control),
      "-trace_logs", "-log_file", "truth.log", "-trace_err", "-error_file", "complaints.log",
      "-nostdin", "-timer_resol", "5",
    ],
  });
  let gone = false;
  void child.ended.then(() => { gone = true; });
  const started = await waitUntil(async () => {
    if (gone) return "gone";
    const ping = await sipPing({ host: loopback, port }, systemClock);
    return ping.result === "answered" ? "ready" : undefined;
  }, { deadlineMs: 10_000, signal });
  if (started !== "ready") {
    await child.stop();
    const why = read(join(folder, "complaints.log")) || "sipp (sip-tester)";
    throw new DemoFailure(text(`the public did not start: ${why}`, `模拟客户未能启动：${why}`));
  }
  return {
    port, child,
    truth: () => readTruth(read(join(folder, "truth.log"))),
    complaints: () => read(join(folder, "complaints.log")).trim(),
  };
}
