/**
 * Owns the choice of language. Every text a person reads is written as an English and Chinese pair
 * beside the code that says it, so that neither can be forgotten.
 */
export type Language = "en" | "zh";

export interface Text {
  readonly en: string;
  readonly zh: string;
}

export const text = (en: string, zh: string): Text => ({ en, zh });

/** `LC_ALL`, `LC_MESSAGES`, `LANG` in POSIX order; all but Chinese is English. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = env["LC_ALL"] || env["LC_MESSAGES"] || env["LANG"] || "";
  return /^zh/i.test(locale) ? "zh" : "en";
}
