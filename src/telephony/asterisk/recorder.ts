/**
 * Owns recording on the switch: MixMonitor through AMI, since ARI can record both directions of a
 * leg only into one file. A recording that the end of its leg ended is told as ended when the
 * files on disk are whole; the switch itself says nothing then.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { plus, type Clock } from "../../clock.ts";
import { LegGone, SwitchRefused, UnsafeValue } from "../../errors.ts";
import type { CallId, LegId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import type { PbxEvent, Recording } from "../pbx.ts";
import type { AmiClient } from "./ami-client.ts";

export interface RecordingFolders {
  /** As this process sees it. */
  readonly here: string;
  /** As the switch sees it. */
  readonly onSwitch: string;
}

interface Running {
  readonly leadLeg: LegId;
  readonly files: readonly string[];
  readonly channel: string;
  readonly id: string;
}

export class Recorder {
  readonly #ami: AmiClient;
  readonly #clock: Clock;
  readonly #folders: RecordingFolders;
  readonly #emit: (event: PbxEvent) => void;
  readonly #running = new Map<CallId, Running>();

  constructor(
    ami: AmiClient, clock: Clock, folders: RecordingFolders, emit: (event: PbxEvent) => void,
  ) {
    this.#ami = ami;
    this.#clock = clock;
    this.#folders = folders;
    this.#emit = emit;
  }

  async start(order: Recording, channel: string): Promise<void> {
    if (this.#running.has(order.call)) return;
    const [lead, agent] = [order.leadFile, order.agentFile].map((file) =>
      `${checkedFolder(this.#folders.onSwitch)}/${checkedFile(file)}`);
    const variable = "RINGWRIGHT_MIXMONITOR";
    const [answer] = await lostAsGone(order.leadLeg, this.#ami.send("MixMonitor", [
      ["Channel", channel], ["Options", `r(${lead})t(${agent})i(${variable})`],
    ]));
    const files = [order.leadFile, order.agentFile].map((file) => join(this.#folders.here, file));
    const id = answer?.get("mixmonitorid") ?? "";
    this.#running.set(order.call, { leadLeg: order.leadLeg, files, channel, id });
    this.#emit({ type: "recording-started", call: order.call, at: this.#clock.now() });
  }

  /** The switch has closed the files when this resolves. Nothing when none is running. */
  async stop(call: CallId): Promise<void> {
    const running = this.#running.get(call);
    if (!running) return;
    const { channel, id } = running;
    await lostAsGone(running.leadLeg, this.#ami.send("StopMixMonitor", [
      ["Channel", channel], ...id === "" ? [] : [["MixMonitorID", id] as const],
    ]));
    this.#end(call);
  }

  /** The leg is gone, and its recording with it. */
  legEnded(leg: LegId): void {
    for (const [call, running] of this.#running) {
      if (running.leadLeg === leg) this.#awaitWhole(call, running, new Map(), 0);
    }
  }

  /** The switch started anew: what it was writing stays as it is on disk. */
  clear(): void {
    this.#running.clear();
  }

  #end(call: CallId): void {
    if (!this.#running.delete(call)) return;
    this.#emit({ type: "recording-ended", call, at: this.#clock.now() });
  }

  /** Looks again until both files are whole, and gives up after `limits.recordingPolls`. */
  #awaitWhole(call: CallId, running: Running, sizes: Map<string, number>, polls: number): void {
    this.#clock.at(plus(this.#clock.now(), limits.recordingPollMs), () => {
      const looks = running.files.map((file) => isWhole(file, sizes));
      void Promise.all(looks).then((whole) => {
        if (this.#running.get(call) !== running) return;
        if (whole.every(Boolean) || polls >= limits.recordingPolls) this.#end(call);
        else this.#awaitWhole(call, running, sizes, polls + 1);
      });
    });
  }
}

/** Of the files that the switch writes. */
export const headerBytes = 44;

/**
 * Asterisk writes the length of the sound into a file's header when it closes the file. One whose
 * sound is still in a buffer looks like a whole empty one, so an empty one must be so twice.
 */
export async function isWhole(path: string, sizes: Map<string, number>): Promise<boolean> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const { buffer } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
      const before = sizes.get(path);
      sizes.set(path, size);
      const told = buffer.readUInt32LE(headerBytes - 4);
      return size > headerBytes ? told === size - headerBytes : before === size;
    } finally {
      await file.close();
    }
  } catch {
    // Absent or unreadable now; the next look may find it.
    return false;
  }
}

async function lostAsGone<T>(leg: LegId, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SwitchRefused && /no such channel/i.test(error.message)) {
      throw new LegGone(`leg ${leg} is gone`, { cause: error });
    }
    throw error;
  }
}

/** Brackets and commas would end the option that holds the path. */
export function checkedFile(file: string): string {
  if (!/^[\w.-]+(\/[\w.-]+)*\.wav$/.test(file) || file.split("/").includes("..")) {
    throw new UnsafeValue(`recording file ${JSON.stringify(file)}`);
  }
  return file;
}

export function checkedFolder(folder: string): string {
  if (!/^\/[\w./@+~-]+$/.test(folder)) {
    throw new UnsafeValue(`recordings folder ${JSON.stringify(folder)}`);
  }
  return folder;
}
