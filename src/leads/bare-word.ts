/** Owns comparing words of columns and services, however they are written. Pure. */

/** `Absent-Subscriber`, `absent subscriber` and their full-width kin are one word. */
export const bareWord = (word: string): string =>
  word.normalize("NFKC").toLowerCase().replace(/[\s_\-.]/g, "");
