/**
 * Owns listening to what the network says on legs that nobody has answered: MixMonitor on the
 * ringing channel, which a dialplan leg has long before any application could take it, writes what
 * comes from the far end to a file; we look into it for special information tones and delete it.
 * The dialplan ends the writing when the leg is answered. Files are told from recordings by their
 * folder, and what a controller left behind is deleted by the next.
 */
import { open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { plus, type Clock, type Timer } from "../../clock.ts";
import { Fault } from "../../errors.ts";
import type { LegId } from "../../ids.ts";
import { specialInformation, type SpecialInformation } from "../../leads/special-information.ts";
import { limits } from "../../limits.ts";
import { samplesOf } from "../../recording/wav.ts";
import type { AmiClient } from "./ami-client.ts";
import {
  checkedFile, checkedFolder, headerBytes, isWhole, type RecordingFolders,
} from "./recorder.ts";

/** Within the folder of recordings, which both the switch and we reach. */
const folder = "overheard";
const rate = 8_000;
/** Three tones with their gaps are shorter: looked at again with what came since. */
const overlapSamples = 2 * rate;

interface Heard {
  readonly channel: string;
  readonly path: string;
  readonly until: number;
  /** Samples of the file that were looked at. */
  looked: number;
  sizes: Map<string, number>;
  id: string;
  timer: Timer | undefined;
  over: boolean;
}

export class Overhearing {
  readonly #ami: AmiClient;
  readonly #clock: Clock;
  readonly #folders: RecordingFolders;
  readonly #heard: (leg: LegId, tones: SpecialInformation) => void;
  readonly #legs = new Map<LegId, Heard>();
  /** A file could not be deleted: nothing is listened to any more, since it would be kept. */
  #keeps = false;

  constructor(
    ami: AmiClient, clock: Clock, folders: RecordingFolders,
    heard: (leg: LegId, tones: SpecialInformation) => void,
  ) {
    this.#ami = ami;
    this.#clock = clock;
    this.#folders = folders;
    this.#heard = heard;
  }

  /** Begins, unless there are enough. A leg that is answered or gone by now is no fault. */
  async begin(leg: LegId, channel: string): Promise<void> {
    if (this.#keeps || this.#legs.has(leg) || this.#legs.size >= limits.overheardLegs) return;
    const name = `${folder}/${leg}.wav`;
    const heard: Heard = {
      channel, path: join(this.#folders.here, checkedFile(name)), id: "", timer: undefined,
      until: this.#clock.now() + limits.overhearMs, looked: 0, sizes: new Map(), over: false,
    };
    this.#legs.set(leg, heard);
    try {
      const onSwitch = `${checkedFolder(this.#folders.onSwitch)}/${name}`;
      const [answer] = await this.#ami.send("MixMonitor", [
        ["Channel", channel], ["Options", `r(${onSwitch})i(RINGWRIGHT_OVERHEARD)`],
      ]);
      heard.id = answer?.get("mixmonitorid") ?? "";
    } catch (error) {
      this.#drop(leg, heard);
      if (!(error instanceof Fault)) throw error;
      return;
    }
    // Answered or gone while the switch was asked: what it began is ended again.
    if (heard.over) await this.#end(heard);
    else this.#lookLater(leg, heard);
  }

  /** The leg was answered: what is said from now on is nobody's business here. */
  answered(leg: LegId): void {
    const heard = this.#legs.get(leg);
    if (!heard) return;
    this.#drop(leg, heard);
    if (heard.id !== "") void this.#end(heard);
  }

  has(leg: LegId): boolean { return this.#legs.has(leg); }

  /** The leg is gone: resolves when the last of its sound was looked at, and soon in any case. */
  async legEnded(leg: LegId): Promise<void> {
    const heard = this.#legs.get(leg);
    if (!heard) return;
    heard.timer?.cancel();
    const until = this.#clock.now() + limits.overhearEndMs;
    while (!await isWhole(heard.path, heard.sizes) && this.#clock.now() < until) {
      await this.#pause(limits.recordingPollMs);
    }
    await this.#look(leg, heard);
    this.#drop(leg, heard);
    await this.#delete(heard.path);
  }

  /** Forgets all of them, and deletes what is left of any controller's. */
  async clear(): Promise<void> {
    for (const [leg, heard] of this.#legs) this.#drop(leg, heard);
    const path = join(this.#folders.here, folder);
    // Those of another switch, or of a controller that is serving still, are written to.
    const old = this.#clock.now() - limits.overhearMs - limits.ringLongestMs;
    for (const name of await readdir(path).catch(() => [])) {
      const file = join(path, name);
      const changed = await stat(file).then(({ mtimeMs }) => mtimeMs, () => old);
      if (changed < old) await this.#delete(file);
    }
  }

  #lookLater(leg: LegId, heard: Heard): void {
    heard.timer = this.#clock.at(plus(this.#clock.now(), limits.overhearPollMs), () => {
      void this.#lookOnce(leg, heard);
    });
  }

  async #lookOnce(leg: LegId, heard: Heard): Promise<void> {
    const found = await this.#look(leg, heard);
    if (heard.over) return;
    if (!found && this.#clock.now() < heard.until) {
      this.#lookLater(leg, heard);
      return;
    }
    this.#drop(leg, heard);
    await this.#end(heard);
  }

  /** Looks at what came since; true when tones were found, and told. */
  async #look(leg: LegId, heard: Heard): Promise<boolean> {
    const from = Math.max(0, heard.looked - overlapSamples);
    const samples = await samplesFrom(heard.path, from);
    if (heard.over || from + samples.length <= heard.looked) return false;
    heard.looked = from + samples.length;
    const tones = specialInformation(samples, rate);
    if (tones === undefined) return false;
    this.#heard(leg, tones);
    return true;
  }

  #drop(leg: LegId, heard: Heard): void {
    heard.over = true;
    heard.timer?.cancel();
    if (this.#legs.get(leg) === heard) this.#legs.delete(leg);
  }

  async #end(heard: Heard): Promise<void> {
    try {
      await this.#ami.send("StopMixMonitor", [
        ["Channel", heard.channel], ...heard.id === "" ? [] : [["MixMonitorID", heard.id] as const],
      ]);
    } catch (error) {
      // Gone with its leg, or ended by the dialplan.
      if (!(error instanceof Fault)) throw error;
    }
    await this.#delete(heard.path);
  }

  async #delete(path: string): Promise<void> {
    try {
      await rm(path, { force: true });
    } catch {
      this.#keeps = true;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => { this.#clock.at(plus(this.#clock.now(), ms), resolve); });
  }
}

/** What a file has from one sample on; nothing while it cannot be read. */
async function samplesFrom(path: string, first: number): Promise<Float32Array> {
  const from = headerBytes + 2 * first;
  let file;
  try {
    file = await open(path, "r");
    const { size } = await file.stat();
    const length = Math.max(0, size - from);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
    return Float32Array.from(samplesOf(buffer.subarray(0, bytesRead)), (each) => each / 32_768);
  } catch {
    // Not there yet, or never: then no tones are heard, and the call goes its way.
    return new Float32Array(0);
  } finally {
    await file?.close();
  }
}
