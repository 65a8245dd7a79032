/**
 * Owns the comparison of what we know with what a switch has: after a start, after a take-over and
 * after each lost connection. Known and alive is adopted, known and gone is closed, alive and
 * unknown hears the message and is hung up on.
 */
import type { LegId } from "../ids.ts";
import type { LiveLeg, Survey } from "../telephony/pbx.ts";
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
