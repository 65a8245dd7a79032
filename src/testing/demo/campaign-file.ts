/** Owns the demo's campaign.yaml and its dial list. Pure. */
import { stringify } from "yaml";
import type { Mode } from "./arguments.ts";
import type { Person } from "./people.ts";

/** Names of one run: no run meets what another left in the database. */
export interface RunNames {
  readonly campaign: string;
  readonly list: string;
  readonly trunk: string;
  readonly phone: (index: number) => string;
}

export const namesOf = (run: string): RunNames => ({
  campaign: `demo-${run}`,
  list: `demo-people-${run}`,
  trunk: `demo-${run}`,
  phone: (index) => `demo-${run}-${index + 1}`,
});

/** Whether a demo gave this name, be it this one's or an earlier one's. */
export const isDemoName = (name: string): boolean => /^demo-[a-z0-9]{8}(-\d+)?$/.test(name);

const modeSetting = (mode: Mode): unknown => {
  switch (mode) {
    // More lines than agents, so that the two-second rule has something to do.
    case "power": return { kind: "power", linesPerAgent: 2 };
    case "progressive":
    case "predictive": return mode;
  }
};

/**
 * Times that fit three minutes: people are rung for the shortest time allowed, and who was busy,
 * abandoned or behind a congested line is tried again in the same run. A busy person is at home the
 * second time, and so is a congested one, so the campaign comes to its end.
 */
export const campaignYaml = (names: RunNames, mode: Mode): string => stringify({
  name: names.campaign,
  lists: [names.list],
  mode: modeSetting(mode),
  trunks: [names.trunk],
  // Fictional too.
  callerId: { number: "+12015550199", name: "Ringwright demo" },
  ringMs: "15s",
  announce: ["tone"],
  wrapUpMs: "10s",
  dispositions: [
    { key: "1", code: "interested", label: { en: "Interested", zh: "有意向" }, then: "final" },
    { key: "2", code: "not-interested", label: { en: "Not interested", zh: "无意向" }, then: "final" },
    { key: "3", code: "machine", label: { en: "A machine", zh: "语音信箱" }, then: "final" },
  ],
  dispositionDefault: "none",
  retry: {
    noAnswer: { afterMs: "5s", attemptsMax: 1 },
    busy: { afterMs: "8s", attemptsMax: 2 },
    machine: { afterMs: "5s", attemptsMax: 1 },
    abandoned: { afterMs: "8s", attemptsMax: 2 },
    hungUpEarly: { afterMs: "5s", attemptsMax: 1 },
    connected: { afterMs: "5s", attemptsMax: 1 },
    fault: { afterMs: "8s" },
  },
});

/** The dial list as CSV. */
export const listCsv = (people: readonly Person[]): string => [
  "phone,name", ...people.map(({ number, name }) => `${number},${name}`), "",
].join("\n");
