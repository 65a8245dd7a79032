/** Owns what a fault outside means to the person at the keyboard, and what to do about it. */
import { StoreUnavailable, SwitchRefused, SwitchUnreachable, UnsafeValue, UserError }
  from "../errors.ts";
import { text } from "../language.ts";

/** The error itself when there are no better words for it. */
export function inWords(error: unknown): unknown {
  if (error instanceof SwitchRefused) {
    const password = /\b40[13]\b|authentication/i.test(error.message);
    return new UserError(
      text(`the switch refuses us: ${error.message}`, `交换机拒绝连接：${error.message}`),
      password ? text("check user and password in ASTERISK_URL and ASTERISK_AMI_URL",
        "请检查 ASTERISK_URL 与 ASTERISK_AMI_URL 中的用户名和密码")
        : text("it may be starting yet: try again; `ringwright doctor` says what it lacks",
          "交换机可能尚未启动完毕：请重试；`ringwright doctor` 会指出缺少什么"), 3);
  }
  if (error instanceof SwitchUnreachable) {
    return new UserError(
      text(`the switch is away: ${error.message}`, `无法连接交换机：${error.message}`),
      text("run `ringwright doctor`, and `ringwright up` for a local switch",
        "请运行 `ringwright doctor` 检查；本机交换机请运行 `ringwright up`"), 3);
  }
  if (error instanceof StoreUnavailable) {
    return new UserError(
      text(`the database is away: ${error.message}`, `无法连接数据库：${error.message}`),
      text("run `ringwright doctor`, and `ringwright up` for a local database",
        "请运行 `ringwright doctor` 检查；本机数据库请运行 `ringwright up`"), 3);
  }
  if (error instanceof UnsafeValue) {
    return new UserError(
      text(`refused: ${error.message}`, `已拒绝：${error.message}`),
      text("give a value without control characters and brackets", "请改用不含控制字符与括号的值"));
  }
  return error;
}
