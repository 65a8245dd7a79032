/**
 * Owns the branded id types. A brand keeps a lead's id from being passed where an agent's is
 * wanted; at run time they are plain strings and numbers.
 */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** One dial of one number. A UUID that we choose, so that dialing twice with it acts once. */
export type AttemptId = Brand<string, "AttemptId">;
/** One channel on a switch. The lead's leg has its attempt's id; an agent's leg its own. */
export type LegId = Brand<string, "LegId">;
/** Two legs joined. A call has the id of the attempt that began it. */
export type CallId = Brand<string, "CallId">;
/** One playback on one leg, chosen by us. */
export type PlayId = Brand<string, "PlayId">;

export type CampaignId = Brand<number, "CampaignId">;
export type ListId = Brand<number, "ListId">;
export type LeadId = Brand<number, "LeadId">;
export type AgentId = Brand<number, "AgentId">;
export type TrunkId = Brand<number, "TrunkId">;

/** A controller process; one per run of `ringwright serve`. */
export type ControllerId = Brand<string, "ControllerId">;
/** Grows by one each time a campaign's lease changes hands; an old one writes nothing. */
export type Epoch = Brand<number, "Epoch">;

/** A number that passed `toDialNumber`: E.164 digits with an optional leading `+`, nothing else. */
export type DialNumber = Brand<string, "DialNumber">;
/** The name of a phone (a SIP account) as the switch knows it, `[a-z0-9-]{1,40}`. */
export type PhoneName = Brand<string, "PhoneName">;
/** The name of a trunk as the switch knows it, `[a-z0-9-]{1,40}`. */
export type TrunkName = Brand<string, "TrunkName">;

/** The lead's leg is named for its attempt: a repeated originate is refused by the switch. */
export const leadLeg = (attempt: AttemptId): LegId => attempt as string as LegId;
export const attemptOf = (leg: LegId): AttemptId => leg as string as AttemptId;
export const callOf = (attempt: AttemptId): CallId => attempt as string as CallId;
