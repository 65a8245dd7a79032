/**
 * Owns one Asterisk as the port sees it: each command as the ARI requests it takes, and the life
 * of the connection. A leg that is originated into the dialplan belongs to no Stasis application
 * until it is answered, so the application of a controller asks for every channel's events, which
 * the switch then writes once. It asks for no endpoint's: of a trunk's the switch writes a list of
 * all of its channels for each that comes or goes, and a channel's events once more. Which phones
 * can be reached is looked up instead, with each probe.
 */
import type { Clock, Instant } from "../../clock.ts";
import { Fault, LegGone, SwitchRefused } from "../../errors.ts";
import type { CallId, LegId, PlayId } from "../../ids.ts";
import type {
  LiveLeg, Pbx, PbxEvent, PlaceLeg, Play, Recording, Supervision, Survey,
} from "../pbx.ts";
import { AmiClient, type AmiAccount } from "./ami-client.ts";
import { AriClient, AriRefused, type AriAccount, type AriRequest } from "./ari-client.ts";
import { ariEvents, readAriEvent } from "./ari-events.ts";
import { Bridges } from "./bridges.ts";
import { LegBook } from "./leg-book.ts";
import { Overhearing } from "./overhearing.ts";
import { Recorder, type RecordingFolders } from "./recorder.ts";
import { Snoops } from "./snoops.ts";
import { leftOver, reachablePhones, surveyLegs } from "./survey.ts";
import { mediaOf, originateBody } from "./wire.ts";

export interface AsteriskOptions {
  readonly name: string;
  readonly ari: AriAccount;
  readonly ami: AmiAccount;
  /** Stasis application. */
  readonly app: string;
  readonly recordings: RecordingFolders;
  readonly clock: Clock;
}

const isAnswered = ({ state }: LiveLeg): boolean => state === "answered" || state === "up";

const hangUpCodes = { normal: "16", busy: "17", congestion: "34" } as const;

export class AsteriskPbx implements Pbx {
  readonly name: string;
  readonly #app: string;
  readonly #clock: Clock;
  readonly #ari: AriClient;
  readonly #ami: AmiClient;
  readonly #book = new LegBook();
  readonly #recorder: Recorder;
  readonly #overhearing: Overhearing;
  #listener: (event: PbxEvent) => void = () => undefined;
  #startedAt: string | undefined;
  #restarted = false;
  #opened = false;
  #superseded = false;
  readonly #snoops: Snoops;
  readonly #bridges: Bridges;

  constructor(options: AsteriskOptions) {
    this.name = options.name;
    this.#app = options.app;
    this.#clock = options.clock;
    this.#ari = new AriClient(options.ari, options.app, options.clock, {
      frame: (text) => { this.#frame(text); },
      opened: () => this.#prepare(),
      probe: () => this.#probe(),
      up: () => { this.#up(); },
      down: () => { this.#emit({ type: "connection-lost", at: this.#now() }); },
    });
    this.#ami = new AmiClient(options.ami, options.clock);
    this.#snoops = new Snoops(options.clock, {
      make: (leg, id, query) => this.#onLegs([leg], {
        method: "POST", path: ["channels", leg, "snoop", id],
        query: { ...query, app: options.app, appArgs: "snoop" },
      }),
      remove: (id) => { this.#inBackground(this.#remove("channels", id)); },
    });
    this.#bridges = new Bridges(this.#book, {
      request: (order) => this.#request(order),
      onLegs: (legs, order) => this.#onLegs(legs, order),
      removeBridge: (id) => this.#remove("bridges", id),
      cut: (legs) => this.#cut(legs),
      inBackground: (work) => { this.#inBackground(work); },
    });
    this.#recorder = new Recorder(
      this.#ami, options.clock, options.recordings, (event) => { this.#emit(event); },
    );
    this.#overhearing = new Overhearing(
      this.#ami, options.clock, options.recordings,
      (leg, tones) => { this.#emit({ type: "tones-heard", leg, at: this.#now(), tones }); },
    );
  }

  #now(): Instant { return this.#clock.now(); }

  onEvent(listener: (event: PbxEvent) => void): void {
    this.#listener = listener;
  }

  async open(): Promise<void> {
    this.#superseded = false;
    // AMI first: opening the events takes the place of a controller that may be serving well.
    await this.#ami.open();
    try {
      await this.#ari.open();
    } catch (error) {
      this.#ami.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#ami.close();
    await this.#ari.close();
    this.#opened = false;
  }

  async placeLeg(order: PlaceLeg): Promise<void> {
    const body = originateBody(order);
    this.#book.expect(order.leg);
    try {
      await this.#request({ method: "POST", path: ["channels", order.leg], body });
    } catch (error) {
      const unsure = error instanceof AriRefused && (error.status === 409 || error.status >= 500);
      if (unsure && await this.#exists(order.leg)) return;
      if (error instanceof SwitchRefused) this.#book.forget(order.leg);
      throw error;
    }
  }

  /**
   * Asterisk says 409 for a leg that exists, but also for one it could not make when the same
   * thread of it said 409 before; and what failed inside (5xx) may have acted before it failed.
   * Only a second look tells them apart.
   */
  async #exists(leg: LegId): Promise<boolean> {
    try {
      await this.#request({ method: "GET", path: ["channels", leg] });
      return true;
    } catch (error) {
      if (error instanceof AriRefused && error.status === 404) return false;
      throw error;
    }
  }

  async overhear(leg: LegId): Promise<void> {
    const channel = this.#book.channelOf(leg);
    if (channel !== undefined && this.#book.isUnanswered(leg)) {
      await this.#overhearing.begin(leg, channel);
    }
  }

  async answer(leg: LegId): Promise<void> {
    await this.#onLegs([leg], { method: "POST", path: ["channels", leg, "answer"] });
  }

  hold(leg: LegId, sound: "silence" | "music"): Promise<void> {
    return this.#bridges.hold(leg, sound);
  }

  join(order: { call: CallId; leadLeg: LegId; agentLeg: LegId }): Promise<void> {
    return this.#bridges.join(order);
  }

  part(call: CallId): Promise<void> {
    return this.#bridges.part(call);
  }

  /**
   * A channel enters a bridge only when what is played to it has ended: up to two seconds in which
   * the person who answered would hear nothing.
   */
  async #cut(legs: readonly LegId[]): Promise<void> {
    await Promise.all(this.#book.playsTo(legs).map((play) => this.stopPlay(play)));
  }

  async hangUp(leg: LegId, why: "normal" | "busy" | "congestion"): Promise<void> {
    this.#book.hangUp(leg);
    await this.#remove("channels", leg, { reason_code: hangUpCodes[why] });
  }

  /** What is gone already is success. */
  async #remove(
    kind: "bridges" | "channels" | "playbacks", id: string, query: Record<string, string> = {},
  ): Promise<void> {
    try {
      await this.#request({ method: "DELETE", path: [kind, id], query });
    } catch (error) {
      if (!(error instanceof AriRefused && error.status === 404)) throw error;
    }
  }

  async play(order: Play): Promise<void> {
    const media = order.prompts.flatMap(mediaOf).join(",");
    this.#book.expectPlay(order.play, order.leg, order.over);
    try {
      const target = order.over ? await this.#over(order) : order.leg;
      await this.#onLegs([order.leg], {
        method: "POST", path: ["channels", target, "play", order.play], query: { media },
      });
    } catch (error) {
      this.#book.forgetPlay(order.play);
      this.#snoops.end(order.play);
      throw error;
    }
  }

  /** A channel whose sound is laid under what the partner of a leg says to it. */
  async #over({ leg, play }: Play): Promise<string> {
    const partner = this.#book.partnerOf(leg);
    if (partner === undefined) throw new LegGone(`leg ${leg} is in no conversation`);
    return this.#snoops.open(partner, play, { spy: "none", whisper: "in" });
  }

  async stopPlay(play: PlayId): Promise<void> {
    this.#book.stopPlay(play);
    await this.#remove("playbacks", play);
  }

  async record(order: Recording): Promise<void> {
    const channel = this.#book.channelOf(order.leadLeg);
    if (channel === undefined) throw new LegGone(`leg ${order.leadLeg} is gone`);
    await this.#recorder.start(order, channel);
  }

  async stopRecording(call: CallId): Promise<void> {
    await this.#recorder.stop(call);
  }

  async supervise(order: Supervision): Promise<void> {
    const { supervisorLeg, agentLeg, mode } = order;
    this.#snoops.end(supervisorLeg);
    if (mode === "barge") return this.#bridges.addGuest(order.call, supervisorLeg);
    const leadLeg = this.#book.partnerOf(agentLeg);
    if (leadLeg === undefined) throw new LegGone(`leg ${agentLeg} is in no conversation`);
    const whisper = mode === "whisper" ? "in" : "none";
    const [agentEar, leadEar, bridge] = await Promise.all([
      this.#snoops.open(agentLeg, supervisorLeg, { spy: "in", whisper: "none" }),
      this.#snoops.open(leadLeg, supervisorLeg, { spy: "in", whisper }),
      this.#bridges.makeWatch(supervisorLeg),
    ]);
    await this.#bridges.addTo(bridge, [supervisorLeg, agentEar, leadEar]);
  }

  async survey(): Promise<Survey> {
    const [{ legs, bridges }, phones] =
      await Promise.all([surveyLegs(this.#ari), reachablePhones(this.#ari)]);
    for (const id of leftOver(bridges, this.#now())) this.#inBackground(this.#remove("bridges", id));
    // The survey tells all of them.
    this.#book.reached(phones, this.#now());
    this.#bridges.reconcile(new Set(legs.map(({ live }) => live.leg)));
    this.#book.reconcile(legs.map(({ live, channel, arrived, bridge }) => (
      {
        leg: live.leg, channel, up: live.state === "up", arrived, call: live.call, bridge,
        answeredAt: isAnswered(live) ? live.since : undefined,
      }
    )));
    return { at: this.#now(), legs: legs.map(({ live }) => live), reachablePhones: phones };
  }

  async strangers(knows: (leg: LegId) => boolean): Promise<readonly LiveLeg[]> {
    const { legs } = await surveyLegs(this.#ari, (leg) => !knows(leg));
    return legs.map(({ live }) => live);
  }

  async #request(order: AriRequest): Promise<unknown> {
    if (this.#superseded) throw new SwitchRefused(`another controller commands ${this.name}`);
    return this.#ari.request(order);
  }

  /** Tells a leg that is gone from other refusals: 404, or 400 where it is named in the query. */
  async #onLegs(legs: readonly LegId[], order: AriRequest): Promise<void> {
    try {
      await this.#request(order);
    } catch (error) {
      if (!(error instanceof AriRefused)) throw error;
      const notFound = error.status === 404 || (error.status === 400 && /not found/i.test(error.message));
      const left = [409, 412, 422].includes(error.status) && !await this.#allExist(legs);
      if (notFound || left) throw new LegGone(`a leg of ${legs.join(", ")} is gone`, { cause: error });
      throw error;
    }
  }

  async #allExist(legs: readonly LegId[]): Promise<boolean> {
    return (await Promise.all(legs.map((leg) => this.#exists(leg)))).every(Boolean);
  }

  /** For tidying up: when it fails, what it would have removed is gone or will be found later. */
  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => { if (!(error instanceof Fault)) throw error; });
  }

  /** The places where a switch that is stuck has been seen to stop, and others still to answer. */
  async #probe(): Promise<void> {
    const [phones] = await Promise.all([
      reachablePhones(this.#ari),
      ...["asterisk/info", "applications"].map((path) =>
        this.#ari.request({ method: "GET", path: path.split("/") })),
    ]);
    for (const each of this.#book.reached(phones, this.#now())) this.#emit(each);
  }

  async #prepare(): Promise<void> {
    const [, , info, phones] = await Promise.all([
      this.#ari.request({
        method: "PUT", path: ["applications", this.#app, "eventFilter"],
        body: { allowed: ariEvents.map((type) => ({ type })) },
      }),
      // Without a name it is all of them.
      this.#ari.request({
        method: "POST", path: ["applications", this.#app, "subscription"],
        query: { eventSource: "channel:" },
      }),
      this.#ari.request({ method: "GET", path: ["asterisk", "info"] }),
      reachablePhones(this.#ari),
      // One that is stuck stays out until it is well.
      this.#ari.request({ method: "GET", path: ["applications"] }),
    ]);
    this.#book.reached(phones, this.#now());
    const startedAt = (info as { status?: { startup_time?: string } }).status?.startup_time;
    this.#restarted = this.#startedAt !== undefined && startedAt !== this.#startedAt;
    this.#startedAt = startedAt;
  }

  #up(): void {
    if (this.#restarted) {
      this.#book.clear();
      this.#recorder.clear();
      this.#snoops.clear();
    }
    // Another controller may have been here meanwhile.
    this.#bridges.clear();
    void this.#overhearing.clear();
    if (this.#opened) {
      this.#emit({ type: "connection-restored", at: this.#now(), restarted: this.#restarted });
    }
    this.#opened = true;
  }

  #frame(text: string): void {
    const event = readAriEvent(text);
    if (!event) return;
    if (event.type === "ApplicationReplaced") {
      if (this.#superseded) return;
      this.#superseded = true;
      this.#opened = false;
      this.#ari.giveUp();
      this.#ami.close();
      this.#emit({ type: "superseded", at: this.#now() });
      return;
    }
    if (event.type === "StasisStart" && event.args[0] === "snoop") {
      this.#snoops.entered(event.channel.id);
      return;
    }
    if (event.type === "ChannelEnteredBridge") this.#bridges.entered(event);
    for (const each of this.#book.apply(event, this.#now())) this.#tell(each);
  }

  #tell(event: PbxEvent): void {
    if (event.type === "leg-answered") this.#overhearing.answered(event.leg);
    if (event.type === "leg-ended" && this.#overhearing.has(event.leg)) {
      // What the network said last is told before the end that it explains.
      void this.#overhearing.legEnded(event.leg).then(() => { this.#tell(event); });
      return;
    }
    this.#tidyAfter(event);
    this.#emit(event);
  }

  /** Removes what served a leg or a play that is over. */
  #tidyAfter(event: PbxEvent): void {
    if (event.type === "play-finished") this.#snoops.end(event.play);
    if (event.type !== "leg-ended") return;
    const { leg } = event;
    this.#recorder.legEnded(leg);
    this.#snoops.end(leg);
    this.#bridges.legEnded(leg);
  }

  #emit(event: PbxEvent): void {
    this.#listener(event);
  }
}
