/**
 * Owns a way to a server on which packets can be lost: what is open then passes not a byte more,
 * and neither end is told. What is opened later passes, as after a firewall forgot its states.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class SilentWay {
  readonly #server: Server;
  readonly #open = new Set<readonly [near: Socket, far: Socket]>();

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#server = createServer((near) => {
      const far = connect(target);
      const pair = [near, far] as const;
      this.#open.add(pair);
      near.pipe(far).pipe(near);
      for (const [from, to] of [[near, far], [far, near]] as const) {
        from.on("error", () => { to.destroy(); });
        from.on("close", () => { to.destroy(); this.#open.delete(pair); });
      }
    });
  }

  static async to(target: { readonly host: string; readonly port: number }): Promise<SilentWay> {
    const way = new SilentWay(target);
    await new Promise<void>((resolve) => { way.#server.listen(0, "127.0.0.1", resolve); });
    return way;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The same address by this way. */
  through(url: string): string {
    const way = new URL(url);
    way.hostname = "127.0.0.1";
    way.port = String(this.port);
    return way.href;
  }

  silence(): void {
    for (const [near, far] of this.#open) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
  }

  close(): void {
    for (const pair of this.#open) for (const socket of pair) socket.destroy();
    this.#server.close();
  }
}
