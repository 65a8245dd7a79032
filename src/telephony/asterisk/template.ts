/**
 * Owns how a template of the switch's configuration is filled. A template has `{{name}}` for a
 * value and `{{#name}} … {{/name}}`, each on a line of its own, for lines repeated per item of a
 * list or kept when a condition holds. Only a SafeValue can be filled in, so nothing unchecked
 * ever reaches a configuration file.
 */
import { UnsafeValue } from "../../errors.ts";
import type { Brand } from "../../ids.ts";

/** Text that was checked to be one value on one line of an Asterisk configuration file. */
export type SafeValue = Brand<string, "SafeValue">;

export interface View {
  readonly [name: string]: SafeValue | boolean | readonly View[];
}

/**
 * Asterisk reads `;` as a comment, `[` as a section, `\` as an escape, `$` as a variable and a
 * line end as the end of the value. None of them may be inside one.
 */
const neverAllowed = /[\u0000-\u001f\u007f;[\]\\$"`]/;

/** Throws UnsafeValue naming `what`, and not the value, which may be a secret. */
export function safeValue(what: string, value: string, allowed: RegExp): SafeValue {
  if (!allowed.test(value) || neverAllowed.test(value)) {
    throw new UnsafeValue(`${what} has a form that may not enter the switch's configuration`);
  }
  return value as SafeValue;
}

/**
 * A password may hold any visible character. Asterisk would read `;` as the start of a comment,
 * so it is escaped; the rest means nothing behind `name =`.
 */
export function safeSecret(what: string, value: string): SafeValue {
  if (!/^[!-~]{1,128}$/.test(value)) {
    throw new UnsafeValue(`${what} is empty, too long or has characters that are not visible ASCII`);
  }
  return value.replaceAll(";", "\\;") as SafeValue;
}

const opening = /^\{\{#(\w+)\}\}$/;
const slot = /\{\{(\w+)\}\}/g;

export function fill(template: string, view: View): string {
  return fillLines(template.split("\n"), view).join("\n");
}

function fillLines(lines: readonly string[], view: View): string[] {
  const filled: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    const name = opening.exec(line)?.[1];
    if (name === undefined) {
      filled.push(line.replace(slot, (_, each: string) => valueIn(view, each)));
      continue;
    }
    const end = lines.indexOf(`{{/${name}}}`, i);
    if (end < 0) throw new Error(`template: {{#${name}}} is never closed`);
    const inner = lines.slice(i + 1, end);
    const item = view[name];
    if (item === undefined || typeof item === "string") {
      throw new Error(`template: ${name} is no list or condition`);
    }
    const items = typeof item === "boolean" ? (item ? [{}] : []) : item;
    for (const each of items) filled.push(...fillLines(inner, { ...view, ...each }));
    i = end;
  }
  return filled;
}

function valueIn(view: View, name: string): string {
  const value = view[name];
  if (typeof value !== "string") throw new Error(`template: ${name} has no value`);
  return value;
}
