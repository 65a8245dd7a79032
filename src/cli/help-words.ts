/** Owns the words that commander itself writes: titles of its help, and errors of usage. */
import type { Command } from "commander";
import { text, type Language, type Text } from "../language.ts";

const titles: Readonly<Record<string, Text>> = {
  "Usage:": text("Usage:", "用法："),
  "Arguments:": text("Arguments:", "参数："),
  "Options:": text("Options:", "选项："),
  "Commands:": text("Commands:", "命令："),
  "Global Options:": text("Global Options:", "全局选项："),
};

/** What commander says, and the same in Chinese; what is not here stays as it is. */
const errors: readonly (readonly [RegExp, string])[] = [
  [/^error: unknown command '(.*)'$/m, "未知命令“$1”"],
  [/^error: unknown option '(.*)'$/m, "未知选项“$1”"],
  [/^error: missing required argument '(.*)'$/m, "缺少参数“$1”"],
  [/^error: required option '(.*)' not specified$/m, "缺少必需的选项“$1”"],
  [/^error: option '(.*)' argument missing$/m, "选项“$1”缺少取值"],
  [/^error: too many arguments for '(.*)'\. Expected (\d+) arguments? but got (\d+)(?:: (.*))?\.$/m,
    "“$1”的参数过多：应为 $2 个，实际 $3 个"],
  [/^error: too many arguments\. Expected (\d+) arguments? but got (\d+)(?:: (.*))?\.$/m,
    "参数过多：应为 $1 个，实际 $2 个"],
  [/\(Did you mean one of (.*)\?\)/, "（是否想输入其中之一：$1？）"],
  [/\(Did you mean (.*)\?\)/, "（是否想输入 $1？）"],
];

/** Two languages differ in words and not in what is said. */
export const usageError = (said: string, language: Language): string => language === "en" ? said
  : errors.reduce((done, [english, chinese]) => done.replace(english, chinese), said);

/** Before any command is registered: commands take these from the program as they are made. */
export function speak(program: Command, language: Language): void {
  program
    .helpOption("-h, --help", text("show this help", "显示帮助")[language])
    .helpCommand("help [command]", text("help for a command", "某一命令的帮助")[language])
    .configureHelp({ styleTitle: (title) => titles[title]?.[language] ?? title })
    .showHelpAfterError(
      text("  → --help shows what there is", "  → 用 --help 查看可用的命令与选项")[language])
    .configureOutput({
      outputError: (said, write) => { write(usageError(said, language)); },
    });
}
