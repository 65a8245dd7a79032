/** Owns how commands come to the compliance desk, and who is written into the audit log. */
import { systemClock } from "../clock.ts";
import { loadRulebook } from "../engine/pack-files.ts";
import type { SurveyParts } from "../engine/preflight.ts";
import { UserError } from "../errors.ts";
import type { DialNumber } from "../ids.ts";
import { text } from "../language.ts";
import { isRegion, numberReasons, toDialNumber, type Region } from "../leads/number.ts";
import { compliance } from "../store/postgres/compliance.ts";
import { complianceDesk, type ComplianceDesk, type Doer }
  from "../store/postgres/compliance-desk.ts";
import { doerName, openDatabase } from "../store/postgres/database.ts";
import type { CliContext } from "./command.ts";
import { databaseUrl } from "./database.ts";

/** The person at the command line, for the audit log. */
export const doer = (why: string): Doer => ({ who: doerName(), why });

export async function atComplianceDesk<T>(
  context: CliContext, work: (desk: ComplianceDesk, parts: SurveyParts) => Promise<T>,
): Promise<T> {
  const database = openDatabase(databaseUrl(context));
  try {
    const desk = complianceDesk(database);
    return await work(desk, {
      desk, compliance: compliance(database), clock: systemClock,
      rulebook: await loadRulebook(context.config().packsDir),
    });
  } finally {
    await database.close();
  }
}

export function regionOf(name: string | undefined): Region | undefined {
  if (name === undefined) return undefined;
  const region = name.toUpperCase();
  if (isRegion(region)) return region;
  throw new UserError(
    text(`${name} is not a country`, `${name} 不是国家代码`),
    text("give two letters, as CN, US or GB", "请给出两位代码，例如 CN、US、GB"),
  );
}

export function numberOf(given: string, region: Region | undefined): DialNumber {
  const result = toDialNumber(given, { defaultRegion: region });
  if ("number" in result) return result.number;
  const reason = numberReasons[result.reason];
  throw new UserError(
    text(`${JSON.stringify(given)}: ${reason.en}`, `${JSON.stringify(given)}：${reason.zh}`),
    text("give a number with its country code, as +8613800138000, or --region",
      "请给出含国家代码的号码，例如 +8613800138000，或使用 --region"),
  );
}
