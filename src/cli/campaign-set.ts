/** Owns `campaign set` and `campaign settings`: what a campaign's author decides, while it runs. */
import type { Command } from "commander";
import { changed, type Difference } from "../campaign/settings-change.ts";
import { text } from "../language.ts";
import type { CliContext } from "./command.ts";
import { doer } from "./compliance-desk.ts";
import { atDesk } from "./database.ts";
import { plain } from "./table.ts";

const shown = (value: unknown): string => value === undefined ? "–" : JSON.stringify(value);

function changeLine({ key, before, after }: Difference): string {
  return plain(`${key}  ${shown(before)} → ${shown(after)}`);
}

async function set(
  name: string, changes: readonly string[], context: CliContext,
): Promise<void> {
  const { say } = context;
  const found = await atDesk(context, (desk) => desk.campaigns.set(name, {
    ...doer(changes.join(" ")), change: (settings) => changed(settings, changes),
  }));
  if (found.length === 0) {
    context.print(say(text(`campaign ${plain(name)} is set so already`,
      `活动 ${plain(name)} 的设置原已如此`)));
  }
  found.map(changeLine).forEach(context.print);
  context.printJson({ name, changes: found });
}

async function settings(name: string, context: CliContext): Promise<void> {
  const campaign = await atDesk(context, (desk) => desk.campaigns.get(name));
  for (const [key, value] of Object.entries(campaign.settings)) {
    context.print(plain(`${key}  ${shown(value)}`));
  }
  context.printJson(campaign.settings);
}

export function registerSettings(campaign: Command, context: CliContext): void {
  const { say } = context;
  campaign.command("set <name> <changes...>")
    .description(say(text(
      "change settings, also while it runs: mode=predictive lines.max=40 abandonRateMax=2%",
      "更改设置，运行中亦可：mode=predictive lines.max=40 abandonRateMax=2%")))
    .action((name: string, changes: string[]) => set(name, changes, context));
  campaign.command("settings <name>")
    .description(say(text("every setting of a campaign, as it is now", "显示活动当前的全部设置")))
    .action((name: string) => settings(name, context));
}
