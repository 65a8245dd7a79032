/**
 * Owns one agent's phone: a baresip process with one SIP account, driven over its control socket. A
 * process per phone, because baresip's commands act on "the current call", and with many accounts
 * in one process the keys of one agent could be pressed on the phone of another.
 */
import { connect, type Socket } from "node:net";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plus, systemClock } from "../../clock.ts";
import { text } from "../../language.ts";
import { freePort, loopback } from "../../stack/ports.ts";
import { waitUntil } from "../../stack/patience.ts";
import { startChild, type Child } from "./child.ts";
import { heardFiles, heardIn, openEar, type Ear } from "./ear.ts";
import { DemoFailure } from "./failure.ts";
import { encodeNetstring, netstringReader } from "./netstring.ts";

export type PhoneEvent =
  | { readonly type: "rung" }
  | { readonly type: "in-call" }
  | { readonly type: "call-ended"; readonly why: string }
  /** A tone of the prompts was heard in the call. */
  | { readonly type: "tone"; readonly name: string };

export interface PhoneOrder {
  /** The account: also the folder's name. */
  readonly name: string;
  readonly password: string;
  /** Where the switch takes registrations, on the loopback address. */
  readonly sipPort: number;
  /** Set for a phone of the public: it registers nowhere, and is called at this port. */
  readonly ownPort?: number;
  readonly autoAnswer: boolean;
  readonly folder: string;
  /** A long WAV, 8 kHz mono, that is spoken in every call; `echo` says again what is heard. */
  readonly voice: string;
  readonly signal: AbortSignal;
  /** A fresh listener for each call, so that no tone is heard across two. */
  readonly tones: () => (samples: Int16Array) => readonly string[];
}

/** Where the distributions put baresip's modules. */
const moduleFolders = [
  "/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules",
  "/usr/lib/aarch64-linux-gnu/baresip/modules", "/usr/local/lib/baresip/modules",
];

/** A command is answered in milliseconds on a quiet machine; this long is broken on any. */
const commandMs = 20_000;

const missingModules = (): DemoFailure => new DemoFailure(text(
  "baresip's modules are missing: install baresip-core", "找不到 baresip 模块：请安装 baresip-core"));

function configuration(order: PhoneOrder, controlPort: number): string {
  const modules = moduleFolders.find((each) => existsSync(each));
  if (modules === undefined) throw missingModules();
  return [
    "poll_method epoll", `sip_listen ${loopback}:${order.ownPort ?? 0}`, `net_interface ${loopback}`,
    "call_local_timeout 120", "call_max_calls 2",
    // Below every port that is chosen elsewhere: baresip's own range is 1024 to 49152.
    "rtp_ports 6000-9998",
    // What is played into a bridge of that name is also what can be had out of it.
    `audio_source ${order.voice === "echo" ? "aubridge,nowhere" : `aufile,${order.voice}`}`,
    "audio_player aubridge,nowhere",
    "audio_alert aubridge,nowhere", "ausrc_srate 8000", "auplay_srate 8000", "ausrc_channels 1",
    "auplay_channels 1", `snd_path ${order.folder}`, `module_path ${modules}`,
    "module g711.so", "module aufile.so", "module aubridge.so", "module sndfile.so",
    "module_tmp account.so", "module_app menu.so", "module_app ctrl_tcp.so",
    `ctrl_tcp_listen ${loopback}:${controlPort}`, "",
  ].join("\n");
}

function writeFiles(order: PhoneOrder, controlPort: number): void {
  mkdirSync(order.folder, { recursive: true });
  writeFileSync(join(order.folder, "config"), configuration(order, controlPort));
  const account = `<sip:${order.name}@${loopback}:${order.sipPort}>;auth_pass=${order.password}`
    + `;regint=${order.ownPort === undefined ? 60 : 0};audio_codecs=PCMA;answermode=${order.autoAnswer ? "auto" : "manual"}\n`;
  // The file holds the account's password.
  writeFileSync(join(order.folder, "accounts"), account, { mode: 0o600 });
}

interface Message {
  readonly event?: boolean;
  readonly response?: boolean;
  readonly ok?: boolean;
  readonly type?: string;
  readonly param?: string;
  readonly data?: string;
  readonly token?: string;
}

export class Phone {
  readonly name: string;
  private readonly order: PhoneOrder;
  private readonly child: Child;
  private readonly socket: Socket;
  private readonly listen: (event: PhoneEvent) => void;
  private readonly waiting = new Map<string, (message: Message) => void>();
  private commands = 0;
  /** From the dialed or incoming call to its end. */
  inCall = false;
  private ear: Ear | undefined;
  /** What was heard in earlier calls; the recording of a call begins before its first event. */
  private heardBefore: ReadonlySet<string>;

  private constructor(
    order: PhoneOrder, child: Child, socket: Socket, listen: (event: PhoneEvent) => void,
  ) {
    this.name = order.name;
    this.order = order;
    this.child = child;
    this.socket = socket;
    this.listen = listen;
    this.heardBefore = new Set(heardFiles(order.folder));
    const read = netstringReader();
    socket.on("data", (bytes) => {
      for (const each of read(bytes)) this.take(JSON.parse(each) as Message);
    });
    // The socket's end is the process's end, which `child.ended` tells.
    socket.on("error", () => undefined);
  }

  /** Starts the phone and resolves when the switch has its registration. */
  static async start(order: PhoneOrder, listen: (event: PhoneEvent) => void): Promise<Phone> {
    const controlPort = await freePort();
    writeFiles(order, controlPort);
    const child = startChild({
      name: order.name, program: "baresip", words: ["-f", order.folder], cwd: order.folder,
      log: join(order.folder, "baresip.log"),
    });
    const socket = await waitUntil(() => reach(controlPort), {
      deadlineMs: commandMs, signal: order.signal,
    });
    if (socket === undefined) {
      await child.stop();
      const last = readFileSync(child.log, "utf8").trim().split("\n").at(-1) ?? "";
      throw new DemoFailure(text(`the phone ${order.name} did not start: see ${child.log}: ${last}`,
        `话机 ${order.name} 未能启动，详见 ${child.log}：${last}`));
    }
    const phone = new Phone(order, child, socket, listen);
    if (order.ownPort !== undefined) return phone;
    const registered = await waitUntil(
      async () => (await phone.command("reginfo", "")).includes("OK ") || undefined,
      { deadlineMs: commandMs, signal: order.signal },
    );
    if (registered) return phone;
    await phone.stop();
    throw new DemoFailure(text(`the phone ${order.name} was not registered: see ${child.log}`,
      `话机 ${order.name} 未能注册，详见 ${child.log}`));
  }

  async dial(code: string): Promise<void> {
    this.inCall = true;
    await this.command("dial", code);
  }

  /** Keys as RFC 4733 events, `[0-9*#]`. */
  async press(keys: string): Promise<void> { await this.command("sndcode", keys); }

  async hangUp(): Promise<void> { await this.command("hangup", ""); }

  async answer(): Promise<void> { await this.command("accept", ""); }

  /** What the newest call has brought so far; nothing before the first. */
  heard(): Int16Array { return heardIn(this.order.folder); }

  /** As when its plug is pulled: not a word to the switch, no call ended. */
  async vanish(): Promise<void> {
    this.ear?.close();
    this.ear = undefined;
    this.socket.destroy();
    this.child.signal("SIGKILL");
    await this.child.ended;
  }

  async stop(): Promise<void> {
    this.ear?.close();
    this.ear = undefined;
    this.socket.destroy();
    await this.child.stop();
  }

  /** Resolves with what baresip says to the command. */
  private command(command: string, params: string): Promise<string> {
    const token = `${command}-${++this.commands}`;
    return new Promise<string>((resolve, reject) => {
      const settle = ({ ok, data = "" }: Message): void => {
        timer.cancel();
        this.waiting.delete(token);
        if (ok === true) resolve(data);
        else {
          reject(new DemoFailure(text(`the phone ${this.name} did not ${command} ${params}: ${data}`,
            `话机 ${this.name} 未执行 ${command} ${params}：${data}`)));
        }
      };
      const timer = systemClock.at(plus(systemClock.now(), commandMs), () => {
        settle({ ok: false, data: "no answer" });
      });
      this.waiting.set(token, settle);
      this.socket.write(encodeNetstring(JSON.stringify({ command, params, token })));
    });
  }

  private take(message: Message): void {
    if (message.response === true) this.waiting.get(message.token ?? "")?.(message);
    else if (message.event === true) this.hear(message);
  }

  private hear({ type, param }: Message): void {
    switch (type) {
      case "CALL_INCOMING":
        this.inCall = true;
        this.pickUpEar();
        this.listen({ type: "rung" });
        break;
      case "CALL_LOCAL_SDP": this.pickUpEar(); break;
      case "CALL_ESTABLISHED": this.listen({ type: "in-call" }); break;
      case "CALL_CLOSED":
        this.inCall = false;
        this.ear?.close();
        this.ear = undefined;
        this.heardBefore = new Set(heardFiles(this.order.folder));
        this.listen({ type: "call-ended", why: param ?? "" });
        break;
      default:
    }
  }

  private pickUpEar(): void {
    if (this.ear) return;
    const listener = this.order.tones();
    this.ear = openEar({
      folder: this.order.folder, before: this.heardBefore,
      hear: (samples) => {
        for (const name of listener(samples)) this.listen({ type: "tone", name });
      },
    });
  }
}

/** One try to connect; undefined when nobody listens yet. */
const reach = (port: number): Promise<Socket | undefined> => new Promise((resolve) => {
  const socket = connect({ host: loopback, port });
  socket.once("connect", () => { resolve(socket); });
  socket.once("error", () => { resolve(undefined); });
});
