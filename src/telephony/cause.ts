/**
 * Owns what the end of a leg means: a Q.850 cause, and the SIP status behind it when the switch
 * tells, become an outcome that a campaign can act on. The table is Asterisk's own mapping read
 * backwards (Hangup-Cause-Mappings) with the SIP status breaking its ties.
 */

/** Why a leg ended. */
export interface HangUpCause {
  /** ITU-T Q.850 cause, 0 to 127; 0 when the switch did not say. */
  readonly q850: number;
  /** The last SIP status of the far end, 300 to 699, when known. */
  readonly sip: number | undefined;
  /** Who ended it, when known. */
  readonly by: "far-end" | "us" | "switch" | undefined;
}
