/** Owns what is configured of a number-lookup service: how to ask it, and what it may cost. */
import { UserError } from "../errors.ts";
import { text } from "../language.ts";

/** Prices are millionths of the service's currency. */
export interface LookupConfig {
  readonly url: string;
  readonly token: string | undefined;
  readonly pricePerNumber: number;
  readonly dayMax: number;
  /** Numbers in one request. */
  readonly batch: number;
  readonly timeoutMs: number;
}

/** An amount as 0.004 in millionths, without the rounding of binary fractions. */
export function millionths(amount: string): number {
  const [whole = "0", part = ""] = amount.split(".");
  return Number(whole) * 1_000_000 + Number(part.padEnd(6, "0"));
}

/** Millionths as a person writes them: 0.004, without zeros at the end. */
export const amountOf = (price: number): string =>
  (price / 1_000_000).toFixed(6).replace(/\.?0+$/, "");

/** The options as they were given; throws UserError where no cap could be kept. */
export function lookupConfig(
  given: Readonly<Record<"url" | "token" | "price" | "dayMax" | "batch" | "timeout", string>>,
): LookupConfig | undefined {
  if (given.url === "") return undefined;
  if (given.price === "") {
    throw new UserError(
      text("RINGWRIGHT_LOOKUP_URL is set and RINGWRIGHT_LOOKUP_PRICE is not",
        "已设置 RINGWRIGHT_LOOKUP_URL，但未设置 RINGWRIGHT_LOOKUP_PRICE"),
      text("say what one number costs, as 0.004; 0 for a service that is free",
        "请给出每个号码的价格，例如 0.004；免费服务写 0"),
    );
  }
  return Object.freeze({
    url: given.url, token: given.token || undefined, pricePerNumber: millionths(given.price),
    dayMax: millionths(given.dayMax), batch: Number(given.batch), timeoutMs: Number(given.timeout),
  });
}
