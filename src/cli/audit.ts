/** Owns `ringwright audit verify | export`: the log of who changed what decides about calls. */
import { instant, toIso } from "../clock.ts";
import { text } from "../language.ts";
import { checkEnd, followChain, noEntry, type AuditEntry, type AuditHead, type ChainFault }
  from "../store/audit-chain.ts";
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
  desk: ComplianceDesk,
): Promise<{ readonly head: AuditHead; readonly fault: ChainFault | undefined }> {
  let head = noEntry;
  for await (const entries of entriesOf(desk)) {
    const found = followChain(head, entries);
    if ("fault" in found) return { head, fault: found.fault };
    head = found.head;
  }
  return { head, fault: checkEnd(head, await desk.auditHead() ?? noEntry) };
}

async function verify(context: CliContext): Promise<void> {
  const { head, fault } = await atComplianceDesk(context, verifyAll);
  const { say } = context;
  if (fault === undefined) {
    context.print(say(text(`${head.seq} entries, unbroken; head ${head.hash}`,
      `共 ${head.seq} 条，链条完整；末端 ${head.hash}`)));
  } else {
    context.exitCode = 1;
    context.print(say(text(`entry ${fault.seq}: ${fault.what.en}`, `第 ${fault.seq} 条：${fault.what.zh}`)));
  }
  context.printJson({ entries: head.seq, head: head.hash, fault: fault ?? null });
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
    .action(() => verify(context));
  audit.command("export")
    .description(say(text("every entry, one JSON document per line", "导出全部条目，每行一个 JSON")))
    .action(() => exportAll(context));
};
