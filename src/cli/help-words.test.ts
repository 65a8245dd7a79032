/** What commander says by itself, in both languages. */
import { expect } from "chai";
import { runWithin } from "./program.ts";

async function check(words: string, lang: string, ...said: readonly RegExp[]): Promise<void> {
  let told = "";
  const take = (each: string): void => { told += each; };
  const status = await runWithin(words.split(" "), {
    env: { LANG: lang }, out: take, err: take, terminal: false,
    signal: new AbortController().signal,
  });
  expect(status).to.equal(words.includes("--help") ? 0 : 2);
  for (const each of said) expect(told).to.match(each);
  // Nothing of the other language is left.
  if (lang.startsWith("zh")) expect(told).not.to.match(/Usage:|Options:|Commands:|error:|display/);
}

describe("the words of the command line itself", () => {
  it("are English", () => check("--help", "en_US.UTF-8", /^Usage: /, /\nOptions:\n/, /\nCommands:\n/));
  it("are Chinese", () => check("--help", "zh_CN.UTF-8", /^用法：/, /\n选项：\n/, /\n命令：\n/));
  it("are Chinese for each command", () => check("trunk add --help", "zh_CN.UTF-8", /^用法：/, /显示帮助/));
  const wrong: readonly (readonly [string, RegExp, RegExp])[] = [
    ["dotcor", /unknown command 'dotcor'\n\(Did you mean doctor\?\)/, /未知命令“dotcor”\n（是否想输入 doctor/],
    ["up --wihtout", /unknown option/, /未知选项“--wihtout”/],
    ["trunk test", /missing required argument 'name'/, /缺少参数“name”/],
    ["trunk add x", /required option '--host <host>' not specified/, /缺少必需的选项“--host/],
    ["status now", /too many arguments/, /参数过多/],
  ];
  for (const [words, en, zh] of wrong) {
    it(`say what is wrong with "${words}", and where to look`, async () => {
      await check(words, "C", en, /→ --help/);
      await check(words, "zh_CN.UTF-8", zh, /→ 用 --help/);
    });
  }
});
