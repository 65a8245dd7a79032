/** Owns reading one option of a command line: what it may be, said when it is something else. */
import { readFileSync } from "node:fs";
import { messageOf, UserError } from "../errors.ts";
import { text, type Text } from "../language.ts";

export function refused(option: string, value: string, allowed: Text): UserError {
  const shown = JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
  return new UserError(
    text(`${option} is ${shown}, which is not allowed`, `${option} 的值 ${shown} 不被允许`),
    text(`allowed: ${allowed.en}`, `允许的形式：${allowed.zh}`),
  );
}

export const matching = (option: string, accepts: RegExp, allowed: Text) =>
  (value: string): string => {
    if (accepts.test(value)) return value;
    throw refused(option, value, allowed);
  };

export const numeric = (option: string, range: { min: number; max: number; whole: boolean }) =>
  (value: string): number => {
    const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
    const fits = number >= range.min && number <= range.max;
    if (fits && (!range.whole || Number.isInteger(number))) return number;
    throw refused(option, value, text(
      `a${range.whole ? " whole" : ""} number from ${range.min} to ${range.max}`,
      `${range.min} 至 ${range.max} 的${range.whole ? "整数" : "数值"}`,
    ));
  };

/** Reads a secret from a file, or from standard input for `-`: other users can see arguments. */
export function secretFrom(file: string): string {
  return readText(file === "-" ? 0 : file, file).replace(/\r?\n$/, "");
}

/** A text file of a person, in UTF-8. Throws UserError when it cannot be read. */
export function readText(file: string | 0, shown: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(
      text(`${shown} cannot be read: ${messageOf(error)}`, `无法读取 ${shown}：${messageOf(error)}`),
      text("check the path and its permissions", "请检查路径与权限"),
    );
  }
}
