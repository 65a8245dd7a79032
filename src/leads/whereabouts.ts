/**
 * Owns where a person may be: by the number's own area, and by what the list says of them. What
 * they say is not weighed: all places hold together, so that the strictest of their rules wins and
 * every one of their zones must allow. Pure; the tables are handed in, and what is made of them is
 * kept.
 */
import type { LineType } from "../compliance/destinations.ts";
import type { Place } from "../compliance/ruleset.ts";
import { isZone } from "../compliance/zone.ts";
import type { DialNumber } from "../ids.ts";
import type { Line } from "./line.ts";
import { longestPrefix, type PlaceTables } from "./places.ts";
import { stateOf, states, stateOfZip, territories } from "./states.ts";

/** What the columns of a list say of a person's place, as it stands there. */
export interface StatedPlace {
  readonly timeZone: string | undefined;
  readonly states: readonly string[];
  readonly zips: readonly string[];
}

export interface Whereabouts {
  /** Empty when not even the country is known. An area that is not known may be any. */
  readonly places: readonly Place[];
  /** IANA zones; empty when nobody knows. */
  readonly zones: readonly string[];
}

/** The United States by area code and by state. */
interface Areas {
  readonly statesOfCode: ReadonlyMap<string, ReadonlySet<string>>;
  readonly zonesOfCode: ReadonlyMap<string, ReadonlySet<string>>;
  readonly zonesOfState: ReadonlyMap<string, ReadonlySet<string>>;
}

function put<K>(map: Map<K, Set<string>>, key: K, values: Iterable<string>): void {
  const known = map.get(key) ?? new Set();
  for (const each of values) known.add(each);
  map.set(key, known);
}

/** `Florida` for a whole area code, `Miami, FL` for a part of one. */
const stateIn = (region: string): string | undefined => {
  const letters = /, ([A-Z]{2})$/.exec(region)?.[1];
  return letters === undefined ? stateOf(region) : states.has(letters) ? letters : undefined;
};

const kept = new WeakMap<PlaceTables, Areas>();

/** Zones of an area code are those of all its exchanges: a number moves within its area. */
function areasOf(tables: PlaceTables): Areas {
  const known = kept.get(tables);
  if (known !== undefined) return known;
  const statesOfCode = new Map<string, Set<string>>();
  for (const [prefix, region] of tables.regions("1", "en") ?? []) {
    const state = stateIn(region);
    if (state !== undefined && prefix.length >= 3) put(statesOfCode, prefix.slice(0, 3), [state]);
  }
  const zonesOfCode = new Map<string, Set<string>>();
  for (const [prefix, zones] of tables.zones()) {
    if (!/^1\d{3}/.test(prefix)) continue;
    put(zonesOfCode, prefix.slice(1, 4), zones.split("&"));
  }
  const zonesOfState = new Map<string, Set<string>>();
  for (const [code, found] of statesOfCode) {
    for (const state of found) put(zonesOfState, state, zonesOfCode.get(code) ?? []);
  }
  for (const [state, zone] of territories) put(zonesOfState, state, [zone]);
  const areas = { statesOfCode, zonesOfCode, zonesOfState };
  kept.set(tables, areas);
  return areas;
}

/** Lines whose number tells an area; in some countries those of mobiles are the same. */
const FIXED: ReadonlySet<LineType> = new Set<LineType>(["fixed", "fixed-or-mobile"]);

/** One source's word: the state it means, or `undefined` for one that nobody can read. */
type Word = string | undefined;

function american(line: Line, stated: StatedPlace, tables: PlaceTables, code: string): Whereabouts {
  const { statesOfCode, zonesOfCode, zonesOfState } = areasOf(tables);
  // A territory is a country of its own to the numbering plan, and one of the states to the law.
  const ofCode = territories.has(line.country ?? "")
    ? new Set([line.country]) : statesOfCode.get(code);
  const said: readonly Word[] = [...stated.states.map(stateOf), ...stated.zips.map(stateOfZip)];
  const places = [...new Set<Word>([...ofCode ?? [undefined], ...said])].map((area) => ({ country: "US", area }));
  const zones = new Set(zonesOfCode.get(code) ?? line.zones);
  for (const word of said) {
    const found = word === undefined ? undefined : zonesOfState.get(word);
    for (const zone of found ?? line.zones) zones.add(zone);
  }
  return { places, zones: [...zones] };
}

/** A Canadian number of somebody in Florida: a state may be added, but no ZIP tells a country. */
function abroad(line: Line, stated: StatedPlace, tables: PlaceTables, digits: string): Whereabouts {
  const { country } = line;
  if (country === undefined) return { places: [], zones: [] };
  const inStates = digits.startsWith("1")
    ? stated.states.flatMap((each) => stateOf(each) ?? []) : [];
  const { zonesOfState } = inStates.length > 0 ? areasOf(tables) : { zonesOfState: undefined };
  // A fixed line stands somewhere; for a mobile the tables name the capital's zone, a guess.
  const own = FIXED.has(line.type) && country !== "CN"
    ? longestPrefix(tables.zones(), digits)?.split("&") ?? line.zones : line.zones;
  return {
    places: [{ country, area: undefined },
      ...[...new Set(inStates)].map((area) => ({ country: "US", area }))],
    zones: [...new Set([...own,
      ...inStates.flatMap((each) => [...zonesOfState?.get(each) ?? []])])],
  };
}

/**
 * Every place and zone a person may be in. A zone that the list states stands beside those of the
 * number, and takes the place of none: lists are wrong, and who moved would be called at night. A
 * stated zone that is none blocks, since then nobody knows.
 */
export function whereaboutsOf(
  number: DialNumber, line: Line, stated: StatedPlace, tables: PlaceTables,
): Whereabouts {
  const { timeZone } = stated;
  const digits = number.slice(1);
  const found = line.country === "US" || territories.has(line.country ?? "")
    ? american(line, stated, tables, digits.slice(1, 4)) : abroad(line, stated, tables, digits);
  if (timeZone === undefined) return found;
  if (!isZone(timeZone)) return { ...found, zones: [] };
  return { ...found, zones: [...new Set([...found.zones, timeZone])] };
}
