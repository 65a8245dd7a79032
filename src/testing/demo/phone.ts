/**
 * Owns one agent's phone: a baresip process with one SIP account, driven over its control socket. A
 * process per phone, because baresip's commands act on "the current call", and with many accounts
 * in one process the keys of one agent could be pressed on the phone of another.
 */
import { connect, type Socket } from "node:net";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plus, systemClock } from "../../clock.ts";
import { text } from "../../language.ts";
import { freePort, freePorts, loopback } from "../../stack/ports.ts";
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
  /** A phone of the public registers nowhere, and is called at its own port. */
  readonly ofPublic?: boolean;
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

/** Its own port, and the one above for TLS, which baresip takes unasked. */
const sipPorts = 2;

interface Ports {
  readonly control: number;
  /** Where it is called. One that registers tells the switch, and takes any: 0. */
  readonly sip: number;
}

/** On a machine where so many choices of free ports in a row were taken something else is wrong. */
const portChoices = 5;

function configuration(order: PhoneOrder, ports: Ports): string {
  const modules = moduleFolders.find((each) => existsSync(each));
  if (modules === undefined) throw missingModules();
  return [
    "poll_method epoll", `sip_listen ${loopback}:${ports.sip}`, `net_interface ${loopback}`,
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
    `ctrl_tcp_listen ${loopback}:${ports.control}`, "",
  ].join("\n");
}

function writeFiles(order: PhoneOrder, ports: Ports): void {
  mkdirSync(order.folder, { recursive: true });
  writeFileSync(join(order.folder, "config"), configuration(order, ports));
  const account = `<sip:${order.name}@${loopback}:${order.sipPort}>;auth_pass=${order.password}`
    + `;regint=${order.ofPublic === true ? 0 : 60};audio_codecs=PCMA;answermode=${order.autoAnswer ? "auto" : "manual"}\n`;
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

/** Without a socket when it did not start; why is the last line of the log. */
async function startBaresip(
  order: PhoneOrder, ports: Ports,
): Promise<{ child: Child; socket: Socket | undefined; log: string }> {
  writeFiles(order, ports);
  const log = join(order.folder, "baresip.log");
  rmSync(log, { force: true });
  const child = startChild({
    name: order.name, program: "baresip", words: ["-f", order.folder], cwd: order.folder, log,
  });
  let gone = false;
  void child.ended.then(() => { gone = true; });
  const reached = await waitUntil(async () => gone ? "gone" : reach(ports.control), {
    deadlineMs: commandMs, signal: order.signal,
  });
  const socket = reached === "gone" ? undefined : reached;
  if (socket === undefined) await child.stop();
  return { child, socket, log: readFileSync(log, "utf8").trim() };
}

export class Phone {
  readonly name: string;
  /** Where a phone of the public is called. */
  readonly port: number;
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
    order: PhoneOrder, port: number, child: Child, socket: Socket,
    listen: (event: PhoneEvent) => void,
  ) {
    this.name = order.name;
    this.port = port;
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
    const phone = await Phone.#startSomewhere(order, listen, portChoices);
    if (order.ofPublic === true) return phone;
    const registered = await waitUntil(
      async () => (await phone.command("reginfo", "")).includes("OK ") || undefined,
      { deadlineMs: commandMs, signal: order.signal },
    );
    if (registered) return phone;
    await phone.stop();
    throw new DemoFailure(text(`the phone ${order.name} was not registered: see ${phone.child.log}`,
      `话机 ${order.name} 未能注册，详见 ${phone.child.log}`));
  }

  /** A port that was free may be taken when the phone wants it: others are tried then. */
  static async #startSomewhere(
    order: PhoneOrder, listen: (event: PhoneEvent) => void, choices: number,
  ): Promise<Phone> {
    const sip = order.ofPublic === true ? await freePorts(sipPorts) : 0;
    const { child, socket, log } = await startBaresip(order, { sip, control: await freePort() });
    if (socket) return new Phone(order, sip, child, socket, listen);
    if (choices > 1 && log.includes("Address already in use")) {
      return Phone.#startSomewhere(order, listen, choices - 1);
    }
    const last = log.split("\n").at(-1) ?? "";
    throw new DemoFailure(text(`the phone ${order.name} did not start: see ${child.log}: ${last}`,
      `话机 ${order.name} 未能启动，详见 ${child.log}：${last}`));
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
