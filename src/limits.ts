/**
 * Owns every bound: queues, batches, retries, time-outs. A number that limits something is here,
 * with the reason for its size, and nowhere else.
 */
export const limits = {
  /** Deadline of one request to a switch; a healthy Asterisk answers in under 10 ms. */
  switchRequestMs: 5_000,
  /** Sockets to one Asterisk's HTTP server, whose own `sessionlimit` is 100 by default. */
  switchSockets: 32,
  /** First and longest pause between tries to reach a switch or the store again. */
  reconnectFirstMs: 100,
  reconnectLongestMs: 1_000,
  /** An events socket without any sign of life for this long is taken for dead. */
  switchSilenceMs: 10_000,
  /** Between two looks whether a connected switch still does its work, and has which phones. */
  switchProbeMs: 5_000,
  /** Looks for lines that a switch placed late, after each survey: it wakes within a second. */
  lateLegsMs: [1_000, 5_000],
  /** Looks for lines that are left of attempts that are over: a hang-up may be lost. */
  strayLegsMs: 30_000,
  /** Ended legs remembered, against events that come late: some seconds' worth at full load. */
  endedLegs: 2_000,
  /** An AMI session without an action: recordings follow each other faster on a floor at work. */
  amiIdleMs: 30_000,
  /** One message of AMI; the longest list entry is a few kilobytes. */
  amiMessageBytes: 1024 * 1024,
  /**
   * Unanswered legs of one switch that we listen to at a time, for special information tones, and
   * how long: they come first, before any announcement. Each takes a thread of the switch and a
   * few milliseconds of ours; where every call has early media this is a sample of them.
   */
  overheardLegs: 20,
  overhearMs: 8_000,
  /** Between two looks at what was heard; the switch writes two seconds of it at a time. */
  overhearPollMs: 500,
  /** The end of an overheard leg waits so long for the last of its sound. */
  overhearEndMs: 400,
  /** Between two looks whether the switch has closed a recording, and how often we look. */
  recordingPollMs: 50,
  recordingPolls: 200,
  /** Longest ringing we allow, and the shortest the US safe harbour allows (16 CFR 310.4(b)(4)). */
  ringLongestMs: 120_000,
  ringShortestMs: 15_000,
  /** A call is ended by the dialplan after this, come what may: a bound on toll fraud. */
  callLongestMs: 2 * 3_600_000,
  /** The same for an agent's leg, which stays up from log-in to log-out. */
  shiftLongestMs: 14 * 3_600_000,
  /** How long an event of the switch may be overdue before we act without it. */
  eventGraceMs: 10_000,
  /** A closing message is cut after this; the safe-harbour message is about 8 s. */
  messageLongestMs: 30_000,
  /** Somebody who says nothing counts as having greeted us after this; hello takes 1 to 2 s. */
  greetingLongestMs: 3_000,
  /**
   * Who hangs up sooner than this after the joining heard nobody: a reaction takes 150 ms, the line
   * as much. The hang-up and the joining crossed.
   */
  joinCrossedMs: 300,
  /**
   * Nobody is joined in the last moments of a person's patience: the switch takes 3 ms at the
   * median and 30 at p99, and a joining that comes after it is an abandoned call at an agent's ear.
   */
  joinMs: 50,
  /** Agents one answered call is offered to; each refusal costs the lead's patience. */
  offersPerCall: 3,
  /** A promised call waits for its agent so long, where the campaign says nothing. */
  callbackHoldMs: 30 * 60_000,
  /**
   * A switch offers who answered to its controller for so long, and again after each step, before
   * it plays the message: while it changes hands it has none. The person hears an agent or the
   * message within two seconds of the answer; what is left is for a busy switch.
   */
  handOverMs: 1_300,
  handOverStepMs: 200,
  /** A lead is not dialed again sooner than this, so that its last leg has surely ended. */
  redialSoonestMs: 30_000,
  /** Leads leased ahead of need; one lease query fetches at most this many. */
  hopperBatch: 500,
  /** Fewer leads than this in a hopper ask for more; a second's worth at 100 lines a second. */
  hopperLeast: 100,
  /** Leads leased ahead for each agent of the floor: a minute of predictive dialing. */
  hopperPerAgent: 20,
  /** And so many that a floor which dials faster than that has leads for this long. */
  hopperAheadMs: 2_000,
  /** A lease on leads is returned after this when its holder is gone. */
  leadLeaseMs: 60_000,
  /**
   * A controller's lease on a switch, and how often it is renewed. Who hung for less than `hungMs`
   * must find its lease running still.
   */
  seatLeaseMs: 7_000,
  seatRenewMs: 1_500,
  /** Between two looks for a free switch, of a controller that could have more. */
  standByMs: 500,
  /** Facts that another process left on this disk are kept so long for who takes its place. */
  factFileKeptMs: 7 * 24 * 3_600_000,
  /** Channels that a switch asks of a trunk for each agent at work; more than any pacer places. */
  linesPerAgent: 10,
  /** A process that did nothing for this long may have lost its leases, and ends itself. */
  hungMs: 5_000,
  /** Numbers whose kind of line is kept, twice over: what a hopper holds, and 1 MB of memory. */
  linesKept: 4_000,
  /** Facts in one batch to Postgres; the rest wait for the next. */
  factBatch: 1_000,
  /**
   * Batches of one kind on their way to Postgres at a time: a commit takes some milliseconds, and
   * the facts of an answer wait for a free place and not for the batch before them.
   */
  factWrites: 3,
  /** Facts that no command waits for gather this long: 10 batches a second at any load. */
  factGatherMs: 100,
  /** Facts waiting for Postgres in memory before new dials stop. */
  factBacklog: 20_000,
  /** Facts not stored by then go to disk: of two seconds' patience half is left for the join. */
  factPatienceMs: 1_000,
  /** Facts waiting for Postgres on disk: a day's of a hundred agents is about 50 MB. */
  factFileBytes: 64 * 2 ** 20,
  /** Inputs waiting in one call's or agent's inbox; more means a loop. */
  inbox: 1_000,
  /** Connections to Postgres of one process; its default `max_connections` is 100. */
  storeConnections: 10,
  /**
   * One that nobody used for so long is closed. After ten seconds, the driver's default, bursts met
   * new ones, which take some 50 ms of processor to connect and to plan our statements.
   */
  storeIdleMs: 60_000,
  /**
   * A controller's connection plans its statements anew when it is this old, and at each doubling
   * of its age: tables grow, and what was planned while one was empty may read it as a whole.
   */
  storeReplanMs: 5_000,
  /** Waiting for a connection, and for one statement; a lease of 500 takes under 25 ms. */
  storeConnectMs: 5_000,
  storeStatementMs: 30_000,
  /** An unanswered SIP OPTIONS is given up after this: three repeats by RFC 3261's timer T1. */
  sipPingMs: 4_000,
  /** A switch asks a trunk when we do, and gives up after 3 s (`qualify_timeout`). */
  trunkSeenMs: 4_000,
  /** Pause between two looks of `campaign watch`. */
  watchMs: 1_000,
  /** Between two lines of it in a pipe, where each stays for ever. */
  watchLineMs: 5_000,
  /** Live figures are taken for stale, and vanish from Redis, after this. */
  liveFiguresMs: 5_000,
  /** Concurrent lines of one campaign, over all trunks. */
  linesPerCampaign: 5_000,
  /** A trunk is left alone for a while when this share of its last attempts was its own fault. */
  circuitWindow: 50,
  circuitShare: 0.3,
  circuitFaultsLeast: 5,
  circuitPauseMs: 30_000,
  /**
   * Between two looks of a campaign at a busy floor. What they dial is one batch to the store, and
   * goes out evenly until the next look.
   */
  pacingMs: 50,
  /** Lines originated in one go, a millisecond's work; events are read before the next. */
  placeAtOnce: 8,
  /**
   * A line is ordered from the switch within this of its choice, or not at all: later the agent it
   * was for is taken, and what the gate allowed may not be allowed any more.
   */
  staleIntentMs: 2_000,
  /** How often a campaign looks at its floor when nothing changes it. */
  tickMs: 100,
  /** Decisions that dialed are stored this long after the first; what was learned, more seldom. */
  pacingSaveMs: 2_000,
  pacingLearnedMs: 30_000,
  /** Decisions that wait while the store is away; beyond it the oldest are let go. */
  pacingBacklog: 5_000,
  /** Decisions are explained for as long as the longest window of an abandon limit. */
  pacingKeptMs: 30 * 24 * 3_600_000,
  /** Rows that one save forgets: more than it adds, so that forgetting keeps up. */
  pacingForgotten: 10_000,
  /** Measured times of each kind that a replay draws from: enough to know their shape well. */
  replaySamples: 5_000,
  /** Pause after the store or the hopper had nothing for us. */
  hopperPauseMs: 1_000,
  /** Live figures are published this often. */
  figuresMs: 1_000,
  /** The store is asked this often for the counts of the abandon limit's window. */
  abandonRefreshMs: 10_000,
  /** Leads counted for what a window may yet earn: with this many, no end is in sight. */
  leadsCounted: 20_000,
  /** A phone that called to log in or to dial a code is hung up on after this. */
  visitMs: 30_000,
  /** Such calls at one time from one phone; the next is refused. */
  visitsPerPhone: 3,
  /** A chosen lead is on its way out after this, or the agent is let go: two round trips. */
  previewDialMs: 10_000,
  /** Leads leased at once where agents look at each; two for each of a few dozen agents. */
  previewBatch: 50,
  /** A campaign that could dial nothing for this long leaves its agents to others. */
  blendPatienceMs: 5_000,
  /** Between the end of one preview and the next for the same agent: time to breathe. */
  previewPauseMs: 2_000,
  /** Longest time to decide; a lead's lease must outlast it and the ringing of a phone. */
  previewLongestMs: 300_000,
  /** How long an on-hook agent's phone is rung for a call; auto-answer takes under 1 s. */
  agentRingMs: 15_000,
  /** Characters of one record of an imported list; longer ones are rejected, not kept in memory. */
  importLineChars: 65_536,
  /** Rows of an import written in one transaction; an interrupt loses at most these. */
  importBatch: 5_000,
  /** The same of plain rows, in bytes as they are stored: the larger, the less waiting. */
  importPlainBytes: 8 * 2 ** 20,
  /** Bytes at the beginning of a file that tell its format, and that tell its encoding. */
  importSampleBytes: 262_144,
  importEncodingBytes: 64 * 2 ** 20,
  /** A record of a file of rejected rows: a row with its reason; what is longer is not ours. */
  rejectRecordChars: 1024 * 1024,
  /** Rejected rows shown by a dry run; all of them go to the reject file of a real one. */
  importShownRejects: 20,
  /** The body of a request, on disk and never in memory; how long it may take to come. */
  httpBodyBytes: 4 * 2 ** 30,
  httpRequestMs: 30 * 60_000,
  /** Imports over HTTP at one time, and those whose state is remembered. */
  httpImports: 2,
  httpJobs: 200,
  /** A workbook's parts: how many, how large unpacked, and how much larger than packed at most. */
  xlsxEntries: 10_000,
  xlsxPartBytes: 2 * 2 ** 30,
  xlsxGrowth: 200,
  xlsxSmallBytes: 16 * 2 ** 20,
  /** All texts that cells share, and one piece of XML without an end. */
  xlsxSharedBytes: 128 * 2 ** 20,
  xlsxPieceChars: 4 * 2 ** 20,
  /** Columns of an imported list. */
  importColumns: 500,
  /** Numbers of one import kept in memory, 12 bytes a place; then the store is asked. */
  importSeen: 4_000_000,
  /** A file of so many bytes comes in as a table of its own; at most so many lists have one. */
  importOwnTableBytes: 4 * 2 ** 20,
  importOwnTables: 16,
  /** From so many on, the filter over the do-not-call lists is kept in the database. */
  doNotCallFew: 50_000,
  /** So many numbers added since the filter was built, and it is built anew. */
  doNotCallNews: 200_000,
  /** Requests to a number-lookup service at one time, and how often one is tried. */
  lookupRequests: 4,
  lookupTries: 4,
  /** First and longest pause between tries; a service may ask for one of its own up to that. */
  lookupPauseFirstMs: 1_000,
  lookupPauseLongestMs: 60_000,
  /** Numbers of a list read at once to be asked, and the reply to one request. */
  lookupPage: 5_000,
  lookupReplyBytes: 4 * 2 ** 20,
  /** Storing an answer that is paid for is tried so often before the run gives up. */
  lookupStoreTries: 3,
  /** Between the tones of a recorded call, where a pack asks for tones and names no time. */
  beepSeconds: 15,
  /** So long before the last list of a place's public holidays ends, `preflight` says so. */
  holidaysWarnMs: 60 * 86_400_000,
  /** Facts the gate decides on are not older than this; a lead may wait a minute in the hopper. */
  gateFactsMs: 60_000,
  /**
   * What the gate allows must go on being allowed for this long, since the line goes out after it
   * was asked: `staleIntentMs` later at the most, and then a switch has `switchRequestMs` to take
   * the order. The rest is for clocks that differ, and for a switch that hangs: one that does is
   * noticed within 15 s. A calling window ends for us so much earlier than for its law.
   */
  gateAheadMs: 15_000,
  /** A blocked lead is looked at again after this at the soonest, or after this without hope. */
  gateAgainMs: 60_000,
  gateHopelessMs: 24 * 3_600_000,
  /** Leases asked for in a row while all of their leads are blocked. */
  gateRounds: 20,
  /** PIN digits, and wrong PINs before the phone is locked out, and for how long. */
  pinDigits: 12,
  pinTries: 3,
  pinLockMs: 15 * 60_000,
  /** `serve --drain` waits so long for the calls to end; nearly all conversations are shorter. */
  drainLongestMs: 15 * 60_000,
  /** A short command of the local stack (`--version`, `apt-get -s`); 60 s on a busy machine. */
  stackCommandMs: 60_000,
  /** A download or an installation; a distribution's root folder takes 50 s on a good line. */
  stackInstallMs: 15 * 60_000,
  /** From start to the first answer: initdb and Asterisk's modules on a busy machine. */
  stackReadyMs: 60_000,
  /** From the polite signal to the impolite one: Postgres writes a last checkpoint. */
  stackStopMs: 20_000,
  /** All modules of a switch run within a second or two of its first answer, if it has them. */
  switchModulesMs: 15_000,
  /** Calls are gone within a moment of being hung up; then the switch may end. */
  callsEndMs: 2_000,
  /** `ringwright up` waits this long for the new controller to have taken its switches. */
  firstLookMs: 5_000,
  /** A bridge of ours nobody has been in for this long was left behind by another controller. */
  bridgeEmptyMs: 60_000,
  switchStopMs: 3_000,
  /** Between two looks whether a server answers. */
  stackPollMs: 50,
  /** What is kept of a command's output, for the error message. */
  stackOutputBytes: 4 * 1024 * 1024,
  /** Times a server is started anew because somebody took its port in between. */
  stackPortTries: 3,
} as const;
