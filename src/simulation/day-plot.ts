/** Owns the picture of a simulated day: agents, lines, and the abandon rate against its limit. */
import type { Moment } from "./day-tally.ts";

const WIDTH = 900;
const LEFT = 50;
const PANEL = 150;
const GAP = 34;
const MINUTES_SHOWN = 5;

interface Curve {
  readonly colour: string;
  readonly title: string;
  readonly values: readonly number[];
}

interface Panel {
  readonly curves: readonly Curve[];
  readonly top: number;
  readonly format: (value: number) => string;
}

const escaped = (value: string): string =>
  value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function panelOf({ curves, top, format }: Panel, y: number): string {
  const x = (i: number, count: number): string =>
    (LEFT + i * (WIDTH - LEFT - 10) / Math.max(1, count - 1)).toFixed(1);
  const height = (value: number): string =>
    (y + PANEL - PANEL * Math.min(1, value / Math.max(1e-9, top))).toFixed(1);
  const lines = curves.map(({ colour, values }) => {
    const points = values.map((value, i) => `${x(i, values.length)},${height(value)}`).join(" ");
    return `<polyline fill="none" stroke="${colour}" stroke-width="1.3" points="${points}"/>`;
  });
  const legend = curves.map(({ colour, title }, i) =>
    `<text x="${LEFT + 130 * i}" y="${y - 6}" fill="${colour}">${escaped(title)}</text>`);
  return [
    `<rect x="${LEFT}" y="${y}" width="${WIDTH - LEFT - 10}" height="${PANEL}" fill="none" stroke="#ccc"/>`,
    `<text x="4" y="${y + 10}">${format(top)}</text><text x="4" y="${y + PANEL}">${format(0)}</text>`,
    ...legend, ...lines,
  ].join("\n");
}

/** Five minutes become one point: a day of eleven hours is 132 points, and a file of 10 kB. */
function thinned(moments: readonly Moment[]): readonly Moment[] {
  const out: Moment[] = [];
  for (let i = 0; i + MINUTES_SHOWN <= moments.length; i += MINUTES_SHOWN) {
    const part = moments.slice(i, i + MINUTES_SHOWN);
    const mean = (value: (each: Moment) => number): number =>
      part.reduce((sum, each) => sum + value(each), 0) / part.length;
    const last = part.at(-1);
    if (!last) break;
    out.push({ ...last, busy: mean((each) => each.busy), lines: mean((each) => each.lines) });
  }
  return out;
}

export function plotDay(
  day: { readonly title: string; readonly moments: readonly Moment[]; readonly limit: number },
): string {
  const moments = thinned(day.moments);
  const values = (value: (each: Moment) => number): number[] => moments.map(value);
  const panels: readonly Panel[] = [
    {
      top: Math.max(1, ...values((each) => each.staffed)), format: (value) => value.toFixed(0),
      curves: [
        { colour: "#999", title: "agents at work", values: values((each) => each.staffed) },
        { colour: "#1565c0", title: "agents busy", values: values((each) => each.busy) },
      ],
    },
    {
      top: Math.max(1, ...values((each) => each.lines)), format: (value) => value.toFixed(0),
      curves: [{ colour: "#2e7d32", title: "lines ringing", values: values((each) => each.lines) }],
    },
    {
      top: day.limit * 1.6, format: (value) => `${(100 * value).toFixed(1)} %`,
      curves: [
        { colour: "#c62828", title: "limit", values: moments.map(() => day.limit) },
        { colour: "#6a1b9a", title: "abandon rate so far", values: values((each) => each.abandonRate) },
      ],
    },
  ];
  const height = 30 + panels.length * (PANEL + GAP);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" `
      + `font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${LEFT}" y="16" font-size="13">${escaped(day.title)}</text>`,
    ...panels.map((panel, i) => panelOf(panel, 44 + i * (PANEL + GAP))),
    "</svg>", "",
  ].join("\n");
}
