/**
 * Owns one controller's connection to a virtual switch: the port's promises, with the delays and
 * the faults of a wire. Made for tests and rehearsals; deterministic on the switch's clock.
 */
import { plus } from "../../clock.ts";
import { LegGone, SwitchRefused, SwitchUnreachable } from "../../errors.ts";
import type { CallId, LegId, PlayId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type {
  LiveLeg, Pbx, PbxEvent, PlaceLeg, Play, Recording, Supervision, Survey,
} from "../pbx.ts";
import type { VirtualSwitch } from "./virtual-switch.ts";
import type { CommandName } from "./world.ts";

export class VirtualPbx implements Pbx {
  readonly name: string;
  readonly #world: VirtualSwitch;
  #listener: (event: PbxEvent) => void = () => undefined;
  #open = false;

  constructor(name: string, world: VirtualSwitch) {
    this.name = name;
    this.#world = world;
  }

  onEvent(listener: (event: PbxEvent) => void): void {
    this.#listener = listener;
  }

  async open(): Promise<void> {
    await this.#delay();
    if (!this.#world.reachable) {
      throw new SwitchUnreachable(`the virtual switch ${this.name} is away`);
    }
    this.#open = true;
    this.#world.attach(this.#deliver);
  }

  close(): Promise<void> {
    this.#open = false;
    this.#world.detach(this.#deliver);
    return Promise.resolve();
  }

  placeLeg(order: PlaceLeg): Promise<void> {
    return this.#command("place-leg", [], () => {
      if (order.ringMs < 1_000 || order.ringMs > limits.ringLongestMs) {
        throw new SwitchRefused(`ringMs is ${order.ringMs}`);
      }
      this.#world.placeLeg(order);
    });
  }

  overhear(leg: LegId): Promise<void> {
    return this.#command("overhear", [], () => { this.#world.overhear(leg); });
  }

  answer(leg: LegId): Promise<void> {
    return this.#command("answer", [leg], () => { this.#world.answer(leg); });
  }

  hold(leg: LegId, _sound: "silence" | "music"): Promise<void> {
    return this.#command("hold", [leg], () => { this.#world.hold(leg); });
  }

  join(order: { call: CallId; leadLeg: LegId; agentLeg: LegId }): Promise<void> {
    return this.#command("join", [order.leadLeg, order.agentLeg], () => {
      for (const leg of [order.leadLeg, order.agentLeg]) {
        if (!this.#world.isUp(leg)) throw new SwitchRefused(`leg ${leg} is not answered`);
      }
      this.#world.join(order);
    });
  }

  part(call: CallId): Promise<void> {
    return this.#command("part", [], () => { this.#world.part(call); });
  }

  hangUp(leg: LegId, _why: "normal" | "busy" | "congestion"): Promise<void> {
    return this.#command("hang-up", [], () => { this.#world.hangUp(leg); });
  }

  play(order: Play): Promise<void> {
    return this.#command("play", [order.leg], () => {
      if (this.#world.isKept(order.leg)) throw new SwitchRefused(`leg ${order.leg} is not ours yet`);
      this.#world.play(order);
    });
  }

  stopPlay(play: PlayId): Promise<void> {
    return this.#command("stop-play", [], () => { this.#world.stopPlay(play); });
  }

  record(order: Recording): Promise<void> {
    return this.#command("record", [order.leadLeg], () => { this.#world.record(order); });
  }

  stopRecording(call: CallId): Promise<void> {
    return this.#command("stop-recording", [], () => { this.#world.stopRecording(call); });
  }

  supervise(order: Supervision): Promise<void> {
    return this.#command("supervise", [order.supervisorLeg, order.agentLeg], () => undefined);
  }

  survey(): Promise<Survey> {
    return this.#command("survey", [], () => this.#world.survey());
  }

  strangers(knows: (leg: LegId) => boolean): Promise<readonly LiveLeg[]> {
    return this.#command("survey", [], () =>
      this.#world.survey().legs.filter(({ leg }) => !knows(leg)));
  }

  readonly #deliver = (event: PbxEvent): void => {
    if (event.type === "superseded") this.#open = false;
    this.#listener(event);
  };

  #delay(): Promise<void> {
    const { clock, commandMs } = this.#world;
    return new Promise((resolve) => { clock.at(plus(clock.now(), commandMs), resolve); });
  }

  async #command<T>(name: CommandName, legs: readonly LegId[], act: () => T): Promise<T> {
    await this.#delay();
    const fate = this.#world.faults.command?.(name) ?? "none";
    if (!this.#open || !this.#world.reachable || fate === "unreachable") {
      throw new SwitchUnreachable(`${name} did not reach ${this.name}`);
    }
    if (fate === "refused") throw new SwitchRefused(`${this.name} refused ${name}`);
    for (const leg of legs) {
      if (!this.#world.has(leg)) throw new LegGone(`${name}: leg ${leg} is gone`);
    }
    const result = act();
    if (fate === "lost-response") throw new SwitchUnreachable(`no answer to ${name}`);
    return result;
  }
}
