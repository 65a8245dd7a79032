/**
 * Owns the comparison of what we know with what a switch has: after a start, after a take-over and
 * after each lost connection. Known and alive is adopted, known and gone is closed, alive and
 * unknown hears the message and is hung up on.
 */
import type { Instant } from "../clock.ts";
import type { CallId, LegId } from "../ids.ts";
import type { LiveLeg, Survey } from "../telephony/pbx.ts";
import type { AgentDesk } from "./agent-desk.ts";
import type { CallSession } from "./call-session.ts";

/** Brings one call in line with its leg. `restarted` when the switch lost all its legs. */
export function reconcileCall(
  session: CallSession, live: LiveLeg | undefined, survey: Survey, restarted: boolean,
): void {
  const { at } = survey;
  if (session.state.at === "ended") return;
  if (!live) {
    session.receive({
      type: "found-missing", at, why: restarted ? "switch-lost" : "lost-control",
    });
    return;
  }
  if (live.state === "ringing") session.receive({ type: "ringing", at });
  // One that the switch has still is told of when it comes to us, or when it ends.
  if (live.state !== "up") return;
  if (session.state.at === "placing" || session.state.at === "ringing") {
    session.receive({ type: "answered", at, answeredAt: live.since });
  }
  const { state } = session;
  if (state.at === "connecting" && live.call !== undefined) session.receive({ type: "joined", at });
  // Its partner went while we could not hear it.
  if (state.at === "connected" && live.call === undefined) {
    session.receive({ type: "agent-lost", at, agent: state.agent, why: "vanished" });
  }
}

export const byLeg = (survey: Survey): ReadonlyMap<LegId, LiveLeg> =>
  new Map(survey.legs.map((each) => [each.leg, each]));

/** Lets go the agents of calls that are over, where the end of the call fell into a gap. */
export function freeAgents(
  desk: AgentDesk, callOf: (call: CallId) => CallSession | undefined, at: Instant,
): void {
  for (const session of desk.sessions) {
    const { work } = session.state;
    if (work.at !== "connecting" && work.at !== "dialing" && work.at !== "talking"
      && work.at !== "ringing") continue;
    const { call } = work.job;
    const place = callOf(call)?.state.at;
    if (place !== undefined && place !== "closing" && place !== "ended") continue;
    const news = work.at === "talking" ? "call-ended" : "call-taken-back";
    session.receive({ type: news, at, call, why: "lost-control" });
  }
}
