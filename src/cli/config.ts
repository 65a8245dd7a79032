/** Owns `ringwright config`: every option, its meaning, and where its value comes from. */
import { settingsOf, type Setting } from "../config.ts";
import { text } from "../language.ts";
import type { Register } from "./command.ts";
import { plain } from "./table.ts";

const sourceText = {
  environment: text("from the environment", "来自环境变量"),
  stack: text("from `ringwright up`", "来自 `ringwright up`"),
  default: text("by default", "默认值"),
} as const;

export const registerConfig: Register = (program, context) => {
  const { say } = context;

  const lines = (setting: Setting): string[] => {
    const { variable, value, source, meaning, allowed, good } = setting;
    const shown = value === "" ? say(text("not set", "未设置")) : plain(value);
    return [
      `${variable} = ${shown}  (${say(sourceText[source])})`,
      `    ${say(meaning)}`,
      `    ${say(text(`allowed: ${allowed.en}`, `允许的形式：${allowed.zh}`))}`,
      ...good ? [] : [`    ✗ ${say(text("this value is not allowed", "此值不被允许"))}`],
    ];
  };

  program.command("config")
    .description(say(text("the options of this program", "本程序的选项")))
    .command("show")
    .description(say(text("every option and where its value comes from; no passwords",
      "全部选项及其来源，不含密码")))
    .action(() => {
      const settings = settingsOf(context.env);
      settings.flatMap(lines).forEach(context.print);
      context.printJson(settings.map((each) => ({
        ...each, meaning: say(each.meaning), allowed: say(each.allowed),
      })));
      if (!settings.every((each) => each.good)) context.exitCode = 1;
    });
};
