/** Owns reading an amount of money as people and spreadsheets write it. Pure. */

const AMOUNT = /^(\d{1,3}(?:,\d{3})+|\d{1,12})(\.\d{1,6})?(万)?$/;
const CURRENCY = /^(?:[¥￥$€£]|CNY|RMB|USD|EUR|GBP)|(?:元|CNY|RMB|USD|EUR|GBP)$/gi;

/**
 * `1,280.50`, `￥3000`, `1.2万`; undefined for anything else, and for what is below 0. A comma
 * before other than three digits may be a decimal point, and is refused rather than guessed.
 */
export function amountIn(cell: string): number | undefined {
  const plain = cell.normalize("NFKC").replace(/\s/g, "").replace(CURRENCY, "");
  const [, whole = "", part = "", tenThousand] = AMOUNT.exec(plain) ?? [];
  if (whole === "") return undefined;
  const digits = whole.replaceAll(",", "") + part;
  return Number(tenThousand === undefined ? digits : `${digits}e4`);
}
