/**
 * Holds docker/ to the code: each variable, port, path and command in it is one that the program
 * itself knows, and none of it is open to the network or runs as root.
 */
import { expect } from "chai";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { registerPbx, distantInput, type RenderOptions } from "../cli/pbx.ts";
import { loadConfig, options, projectDir } from "../config.ts";
import { renderSwitchConfig } from "../telephony/asterisk/render.ts";

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly network_mode?: string;
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

const read = (file: string): string => readFileSync(join(projectDir, "docker", file), "utf8");
const compose = read("compose.yaml");
const { services, volumes } = parse(compose, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const service = (name: string): Service => {
  const found = services[name];
  if (found === undefined) throw new Error(`compose.yaml has no service ${name}`);
  return found;
};

const password = "Zq8-vN3_tR7wLm2k";
const environment = Object.fromEntries(Object.entries(service("controller").environment ?? {})
  .map(([name, value]) => [name, value.replaceAll(/\$\{\w+:\?[^}]*\}/g, password)]));
const config = loadConfig(environment, {});
const [server] = config.switches;

/** What `pbx render` makes of the words of the service `render`. */
function renderedInput(): ReturnType<typeof distantInput> {
  const program = new Command();
  registerPbx(program, { say: (each: { en: string }) => each.en } as never);
  const render = program.commands[0]?.commands.find((each) => each.name() === "render");
  const { operands, unknown } = render?.parseOptions([...service("render").command ?? []].slice(2))
    ?? { operands: ["no such command"], unknown: [] };
  expect([...operands, ...unknown]).to.deep.equal([]);
  return distantInput(render?.opts() as RenderOptions, config);
}

describe("docker/compose.yaml", () => {
  it("sets only variables that the program reads, to values that it takes", () => {
    const known = Object.values(options).map(({ variable }) => variable as string);
    expect(Object.keys(environment).filter((name) => !known.includes(name))).to.deep.equal([]);
    expect(new URL(config.databaseUrl ?? "").hostname).to.equal("postgres");
    expect(new URL(config.redisUrl ?? "").hostname).to.equal("redis");
    expect([server?.ariPassword, server?.amiSecret]).to.deep.equal([password, password]);
  });

  it("has no password of its own and no default for one", () => {
    const references = [...compose.matchAll(/\$\{[^}]*\}/g)].map(([each]) => each);
    expect(references.length).to.be.greaterThan(4);
    expect(references.filter((each) => !/^\$\{\w+:\?[^}]+\}$/.test(each))).to.deep.equal([]);
  });

  it("publishes on the loopback alone", () => {
    const ports = Object.values(services).flatMap((each) => each.ports ?? []);
    expect(ports.length).to.be.greaterThan(3);
    expect(ports.filter((each) => !each.startsWith("127.0.0.1:"))).to.deep.equal([]);
  });

  it("reaches each database at the port it listens on", () => {
    const inner = (name: string): readonly (string | undefined)[] =>
      (service(name).ports ?? []).map((each) => each.split(":").at(-1));
    expect(inner("postgres")).to.include(new URL(config.databaseUrl ?? "").port);
    expect(inner("redis")).to.include(new URL(config.redisUrl ?? "").port);
  });

  it("publishes the ports of SIP and sound that the switch is rendered with, and no others", () => {
    const { ports } = renderedInput();
    expect(service("asterisk").ports).to.have.members([
      `127.0.0.1:${ports.sip}:${ports.sip}/udp`, `127.0.0.1:${ports.sip}:${ports.sip}/tcp`,
      `127.0.0.1:${ports.rtpFirst}-${ports.rtpLast}:${ports.rtpFirst}-${ports.rtpLast}/udp`,
    ]);
  });

  it("puts the controller on the loopback of its switch, where AMI lets it in", () => {
    expect(service("controller").network_mode).to.equal("service:asterisk");
    expect([server?.amiHost, new URL(server?.ariUrl ?? "").hostname])
      .to.deep.equal(["127.0.0.1", "127.0.0.1"]);
    const files = renderSwitchConfig({ ...renderedInput(), trunks: [], phones: [] });
    expect(files.get("manager.conf")).to.include("permit = 127.0.0.1/32")
      .and.include(`port = ${server?.amiPort}`);
    expect(files.get("http.conf")).to.include(`bindport = ${new URL(server?.ariUrl ?? "").port}`);
  });

  it("keeps configuration and recordings where both sides look for them", () => {
    const { paths } = renderedInput();
    expect(service("render").volumes).to.include(`switch-config:${paths.etc}`);
    expect(service("asterisk").volumes).to.include(`switch-config:${paths.etc}:ro`);
    expect(service("controller").volumes).to.include(`recordings:${config.recordingsDir}`);
    expect(service("asterisk").volumes).to.include(`recordings:${config.switchRecordingsDir}`);
    const named = Object.values(services).flatMap((each) => each.volumes ?? [])
      .map((each) => each.split(":")[0]);
    expect(named.filter((each) => !(each ?? "" in volumes))).to.deep.equal([]);
  });

  it("waits for services that there are", () => {
    const awaited = Object.values(services).flatMap((each) => Object.keys(each.depends_on ?? {}));
    expect(awaited.filter((each) => !(each in services))).to.deep.equal([]);
  });

  it("builds from files that there are", () => {
    const files = Object.values(services).flatMap(({ build }) => build ? [build.dockerfile] : []);
    expect(files.length).to.be.greaterThan(1);
    expect(files.filter((each) => !existsSync(join(projectDir, each)))).to.deep.equal([]);
  });
});

describe("the images", () => {
  const check = (file: string, run: (text: string) => void): void => { run(read(file)); };
  for (const file of ["controller.Dockerfile", "asterisk.Dockerfile"]) {
    it(`${file} copies what there is, and does not run as root`, () => {
      check(file, (text) => {
        const sources = [...text.matchAll(/^COPY (.+) \S+$/gm)]
          .flatMap(([, each = ""]) => each.split(" "));
        expect(sources.length).to.be.greaterThan(0);
        expect(sources.filter((each) => !existsSync(join(projectDir, each)))).to.deep.equal([]);
        const users = [...text.matchAll(/^USER (\S+)$/gm)].map(([, user]) => user);
        expect(users.length).to.equal(1);
        expect(users[0]).not.to.equal("root");
      });
    });
  }
  it("the switch's has our prompts and its configuration where the rendered files say", () => {
    const { paths } = renderedInput();
    check("asterisk.Dockerfile", (text) => {
      expect(text).to.include(`COPY sounds ${paths.data}/sounds/ringwright`);
      expect(text).to.include(`${paths.etc}/asterisk.conf`);
      for (const path of [paths.lib, paths.log, paths.spool, paths.run]) {
        expect(text).to.include(path);
      }
    });
  });
});
