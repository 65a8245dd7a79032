/** Owns `ringwright audit verify | export`: the log of who changed what decides about calls. */
import { join, resolve } from "node:path";
import { instant, systemClock, toIso } from "../clock.ts";
import { text } from "../language.ts";
import {
  checkAnchors, checkEnd, followChain, noEntry, type AuditEntry, type AuditHead, type ChainFault,
} from "../store/audit-chain.ts";
import { addAnchor, readAnchors } from "../store/disk/audit-anchors.ts";
import type { ComplianceDesk } from "../store/postgres/compliance-desk.ts";
import type { CliContext, Register } from "./command.ts";
import { atComplianceDesk } from "./compliance-desk.ts";

const BATCH = 5_000;

async function* entriesOf(desk: ComplianceDesk): AsyncGenerator<readonly AuditEntry[]> {
  for (let after = 0; ;) {
    const entries = await desk.auditEntries(after, BATCH);
    const last = entries.at(-1);
    if (last === undefined) return;
    yield entries;
    after = last.seq;
  }
}

async function verifyAll(
  desk: ComplianceDesk, anchors: readonly AuditHead[],
): Promise<{ readonly head: AuditHead; readonly fault: ChainFault | undefined }> {
  const noted = new Map<number, string>();
  const wanted = new Set(anchors.map(({ seq }) => seq));
  let head = noEntry;
  for await (const entries of entriesOf(desk)) {
    const found = followChain(head, entries);
    if ("fault" in found) return { head, fault: found.fault };
    head = found.head;
    for (const { seq, hash } of entries) if (wanted.has(seq)) noted.set(seq, hash);
  }
  const fault = checkEnd(head, await desk.auditHead() ?? noEntry);
  const faults = [fault, checkAnchors(anchors, noted, head)].filter((each) => each !== undefined);
  return { head, fault: faults.sort((one, other) => one.seq - other.seq)[0] };
}

async function verify(options: { readonly anchors?: string }, context: CliContext): Promise<void> {
  const file = resolve(options.anchors ?? join(context.config().varDir, "audit", "anchors.jsonl"));
  const anchors = await readAnchors(file);
  const { head, fault } = await atComplianceDesk(context, (desk) => verifyAll(desk, anchors));
  const { say } = context;
  if (fault === undefined) {
    context.print(say(text(
      `${head.seq} entries, unbroken, as ${anchors.length} anchors say; head ${head.hash}`,
      `共 ${head.seq} 条，链条完整，与 ${anchors.length} 个锚点相符；末端 ${head.hash}`)));
    const last = anchors.at(-1);
    if (head.seq > 0 && last?.seq !== head.seq) {
      await addAnchor(file, { ...head, at: toIso(systemClock.now()) });
    }
  } else {
    context.exitCode = 1;
    context.print(say(text(`entry ${fault.seq}: ${fault.what.en}`, `第 ${fault.seq} 条：${fault.what.zh}`)));
  }
  context.printJson({ entries: head.seq, head: head.hash, anchors: anchors.length,
    fault: fault ?? null });
}

async function exportAll(context: CliContext): Promise<void> {
  const all: object[] = [];
  await atComplianceDesk(context, async (desk) => {
    for await (const entries of entriesOf(desk)) {
      for (const { atMs, ...entry } of entries) {
        const line = { ...entry, at: toIso(instant(atMs)), atMs };
        context.print(JSON.stringify(line));
        if (context.json) all.push(line);
      }
    }
  });
  context.printJson(all);
}

export const registerAudit: Register = (program, context) => {
  const { say } = context;
  const audit = program.command("audit").description(say(text("the audit log", "审计日志")));
  audit.command("verify")
    .description(say(text("whether no entry was changed or taken away", "检查是否有条目被改动或删除")))
    .option("--anchors <file>", say(text("where ends of the log are noted, best on another machine",
      "保存日志末端锚点的文件，最好位于另一台机器")))
    .action((options: { anchors?: string }) => verify(options, context));
  audit.command("export")
    .description(say(text("every entry, one JSON document per line", "导出全部条目，每行一个 JSON")))
    .action(() => exportAll(context));
};
