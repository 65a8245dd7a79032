/** Owns the picture of a simulated day: agents, lines, and the abandon rate against its limit. */
import type { Moment } from "./day-tally.ts";

const WIDTH = 960;
const LEFT = 56;
const RIGHT = 20;
const PANEL = 150;
const GAP = 46;
const TOP = 74;
/** The longest day is drawn with so many points: a file of some 15 kB. */
const POINTS = 240;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const ink = "#1f2933";
const faint = "#e4e7eb";
const muted = "#7b8794";

interface Curve {
  readonly colour: string;
  readonly title: string;
  readonly values: readonly number[];
  /** Filled down to the axis, or a broken line, instead of a plain one. */
  readonly as?: "area" | "limit";
}

interface Panel {
  readonly curves: readonly Curve[];
  readonly top: number;
  readonly format: (value: number) => string;
}

interface Axis {
  readonly fromMs: number;
  readonly toMs: number;
}

const escaped = (value: string): string =>
  value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const xAt = (ms: number, { fromMs, toMs }: Axis): number =>
  LEFT + (ms - fromMs) / Math.max(1, toMs - fromMs) * (WIDTH - LEFT - RIGHT);

function line(points: readonly string[], { colour, as }: Curve, base: number): string {
  if (as === "area") {
    const [first, last] = [points[0], points.at(-1)];
    const [from, to] = [first?.split(",")[0] ?? "0", last?.split(",")[0] ?? "0"];
    return `<path d="M${from},${base} L${points.join(" ")} L${to},${base} Z" `
      + `fill="${colour}" fill-opacity="0.16"/>`
      + `<polyline fill="none" stroke="${colour}" stroke-opacity="0.5" points="${points.join(" ")}"/>`;
  }
  const dash = as === "limit" ? ` stroke-dasharray="6 4"` : "";
  return `<polyline fill="none" stroke="${colour}" stroke-width="1.6" stroke-linejoin="round"${dash} `
    + `points="${points.join(" ")}"/>`;
}

function panelOf(
  { curves, top, format }: Panel, y: number, times: readonly number[], axis: Axis,
): string {
  const base = y + PANEL;
  const height = (value: number): number =>
    base - PANEL * Math.min(1, Math.max(0, value) / Math.max(1e-9, top));
  const grid = [0, 0.5, 1].map((part) => {
    const at = base - part * PANEL;
    return `<line x1="${LEFT}" y1="${at}" x2="${WIDTH - RIGHT}" y2="${at}" stroke="${faint}"/>`
      + `<text x="${LEFT - 8}" y="${at + 4}" text-anchor="end" fill="${muted}">`
      + `${format(part * top)}</text>`;
  });
  const drawn = curves.map((curve) => line(curve.values.map((value, i) =>
    `${xAt(times[i] ?? 0, axis).toFixed(1)},${height(value).toFixed(1)}`), curve, base));
  let x = LEFT;
  const legend = curves.map(({ colour, title }) => {
    const entry = `<rect x="${x}" y="${y - 20}" width="12" height="4" rx="2" fill="${colour}"/>`
      + `<text x="${x + 18}" y="${y - 14}" fill="${ink}">${escaped(title)}</text>`;
    x += 34 + 7 * title.length;
    return entry;
  });
  return [...grid, ...hoursOf(axis).map((ms) => {
    const at = xAt(ms, axis).toFixed(1);
    return `<line x1="${at}" y1="${y}" x2="${at}" y2="${base}" stroke="${faint}"/>`;
  }), ...drawn, ...legend].join("\n");
}

/** Whole hours of a long day, quarters of a short one, minutes of one that took minutes. */
function hoursOf({ fromMs, toMs }: Axis): readonly number[] {
  const span = toMs - fromMs;
  const step = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS]
    .find((each) => span / each <= 14) ?? 4 * HOUR_MS;
  const marks: number[] = [];
  for (let at = Math.ceil(fromMs / step) * step; at <= toMs; at += step) marks.push(at);
  return marks;
}

const two = (value: number): string => String(value).padStart(2, "0");
const clockTime = (ms: number): string =>
  `${two(Math.floor(ms / HOUR_MS) % 24)}:${two(Math.floor(ms / MINUTE_MS) % 60)}`;

/** Several minutes become one point: means for what is counted, the last for what adds up. */
function thinned(moments: readonly Moment[]): readonly Moment[] {
  const each = Math.max(1, Math.ceil(moments.length / POINTS));
  const out: Moment[] = [];
  for (let i = 0; i < moments.length; i += each) {
    const part = moments.slice(i, i + each);
    const mean = (value: (moment: Moment) => number): number =>
      part.reduce((sum, moment) => sum + value(moment), 0) / part.length;
    const last = part.at(-1);
    if (!last) continue;
    out.push({ ...last, busy: mean(({ busy }) => busy), lines: mean(({ lines }) => lines) });
  }
  return out;
}

/** The next of 1, 2, 5, 10, 20, … at or above, so that the axis has whole numbers. */
function rounded(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * power)
    .find((each) => each >= value) ?? value;
}

export function plotDay(
  day: { readonly title: string; readonly moments: readonly Moment[]; readonly limit: number },
): string {
  const moments = thinned(day.moments);
  const values = (value: (each: Moment) => number): number[] => moments.map(value);
  const times = values(({ atMs }) => atMs);
  const axis = { fromMs: times[0] ?? 0, toMs: times.at(-1) ?? 1 };
  const rates = values(({ abandonRate }) => abandonRate);
  // A day's first answers may be worth more than half; what matters is near the limit.
  const highest = 1.1 * Math.max(0, ...rates);
  const rateTop = Math.max(0.001, 1.5 * day.limit, Math.min(3 * day.limit, highest));
  const whole = (value: number): string => String(Math.round(value * 10) / 10);
  const panels: readonly Panel[] = [
    {
      top: rounded(Math.max(1, ...values(({ staffed }) => staffed))), format: whole,
      curves: [
        { colour: "#9aa5b1", title: "agents at work", as: "area", values: values((m) => m.staffed) },
        { colour: "#1f6feb", title: "agents busy", values: values(({ busy }) => busy) },
      ],
    },
    {
      top: rounded(Math.max(1, ...values(({ lines }) => lines))), format: whole,
      curves: [
        { colour: "#2f8f4e", title: "lines ringing", as: "area", values: values((m) => m.lines) },
      ],
    },
    {
      top: rateTop, format: (value) => `${(100 * value).toFixed(1)} %`,
      curves: [
        { colour: "#8e44ad", title: "abandon rate of the day so far", values: rates },
        { colour: "#d64545", title: "its limit", as: "limit", values: times.map(() => day.limit) },
      ],
    },
  ];
  const height = TOP + panels.length * (PANEL + GAP);
  const marks = hoursOf(axis).map((ms) =>
    `<text x="${xAt(ms, axis).toFixed(1)}" y="${height - GAP + 18}" text-anchor="middle" `
      + `fill="${muted}">${clockTime(ms)}</text>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" `
      + `font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${LEFT}" y="28" font-size="17" font-weight="600" fill="${ink}">`
      + `${escaped(day.title)}</text>`,
    ...panels.map((panel, i) => panelOf(panel, TOP + i * (PANEL + GAP), times, axis)),
    ...marks, "</svg>", "",
  ].join("\n");
}
