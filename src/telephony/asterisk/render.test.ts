import { expect } from "chai";
import fc from "fast-check";
import { UnsafeValue } from "../../errors.ts";
import type { PhoneName, TrunkId, TrunkName } from "../../ids.ts";
import {
  knowsQualify2xxOnly, renderSwitchConfig, sipDigest, wantedModules, type SwitchInput,
  type TrunkToRender,
} from "./render.ts";

const trunk: TrunkToRender = {
  id: 1 as TrunkId, name: "acme" as TrunkName, host: "sip.example.net", port: 5060,
  transport: "udp", username: "u1", password: "p-secret", codecs: ["ulaw", "alaw"],
  channelsMax: 30, callsPerSecond: 5, prefix: "", enabled: true,
};

const phone = { phone: "1001" as PhoneName, ha1: sipDigest("1001" as PhoneName, "pw") };

const input: SwitchInput = {
  ports: { sip: 5060, rtpFirst: 10_000, rtpLast: 10_999, http: 8088, ami: 5038 },
  paths: {
    etc: "/v/etc", lib: "/v/lib", spool: "/v/spool", log: "/v/log", run: "/v/run",
    modules: "/usr/lib/asterisk/modules", data: "/v/data",
  },
  credentials: {
    ariUser: "ringwright", ariPassword: "ari-password", amiUser: "rw", amiSecret: "ami-secret",
  },
  ariApp: "ringwright", version: "22.10.1", trunks: [trunk], phones: [phone],
};

/** The lines of one section, comments left out. */
function section(file: string, name: string, type: string, given: SwitchInput = input): string[] {
  const text = renderSwitchConfig(given).get(file) ?? "";
  const blocks = text.split(/^(?=\[)/m).filter((each) => each.startsWith(`[${name}]`));
  const lines = blocks.map((each) => each.split("\n").filter((line) => !line.startsWith(";")));
  return lines.find((each) => each.includes(`type = ${type}`)) ?? [];
}

describe("the switch's configuration", () => {
  it("leaves no slot unfilled", () => {
    for (const [file, text] of renderSwitchConfig(input)) expect(text, file).to.not.include("{{");
  });

  it("is the same for the same input", () =>
    expect([...renderSwitchConfig(input)]).to.deep.equal([...renderSwitchConfig(input)]));

  it("listens on loopback alone unless told", () => {
    const all = [...renderSwitchConfig(input).values()].join("\n");
    const addresses = [...all.matchAll(/^bind(?:addr)? = (\S+)$/gm)].map((each) => each[1]);
    expect(addresses).to.have.members([
      "127.0.0.1", "127.0.0.1", "127.0.0.1:5060", "127.0.0.1:5060",
    ]);
  });

  it("knows a phone by its digest and keeps it from transferring", () => {
    expect(section("pjsip.conf", "1001", "auth")).to.include(`md5_cred = ${phone.ha1}`);
    expect(section("pjsip.conf", "1001", "endpoint"))
      .to.include.members(["context = ringwright-agent", "allow_transfer = no"]);
    expect(section("pjsip.conf", "1001", "aor"))
      .to.include.members(["max_contacts = 1", "remove_existing = yes", "qualify_2xx_only = yes"]);
  });

  it("lets nothing in by a trunk", () => {
    expect(section("pjsip.conf", "trunk-acme", "endpoint"))
      .to.include.members(["context = ringwright-refused", "identify_by = ip"]);
    expect(renderSwitchConfig(input).get("extensions.conf")?.trim())
      .to.match(/\[ringwright-refused\]$/);
  });

  it("keeps every letter of a password", () =>
    expect(section("pjsip.conf", "trunk-acme", "auth",
      { ...input, trunks: [{ ...trunk, password: "a;b\\c[d]$" }] }))
      .to.include("password = a\\;b\\c[d]$"));

  it("leaves a disabled trunk out", () =>
    expect(section("pjsip.conf", "trunk-acme", "endpoint",
      { ...input, trunks: [{ ...trunk, enabled: false }] })).to.deep.equal([]));

  it("has no option that an older switch would choke on", () =>
    expect(section("pjsip.conf", "1001", "aor", { ...input, version: "20.6.0" }))
      .to.not.include("qualify_2xx_only = yes"));

  it("wants the modules that the version has", () => {
    expect(wantedModules("22.10.1")).to.include.members(["chan_pjsip.so", "res_websocket_client.so"]);
    expect(wantedModules("20.6.0")).to.include("chan_pjsip.so")
      .and.not.include("res_websocket_client.so");
  });

  it("never gives the rights to run commands", () => {
    const rights = /^write = (.*)$/m.exec(renderSwitchConfig(input).get("manager.conf") ?? "")?.[1];
    expect(rights?.split(",")).to.have.members(["system"]);
    expect(renderSwitchConfig(input).get("asterisk.conf")).to.include("live_dangerously = no");
  });
});

describe("an input that could be read as something else", () => {
  const check = (change: Partial<SwitchInput>) =>
    expect(() => renderSwitchConfig({ ...input, ...change })).to.throw(UnsafeValue);
  const withTrunk = (change: Partial<TrunkToRender>) =>
    check({ trunks: [{ ...trunk, ...change }] });

  it("is refused in a trunk's host", () => withTrunk({ host: "a\nallow_transfer=yes" }));
  it("is refused in a trunk's password", () => withTrunk({ password: "x\ny" }));
  it("is refused in a trunk's user name", () => withTrunk({ username: "a]b" }));
  it("is refused in a codec", () => withTrunk({ codecs: ["all"] }));
  it("is refused as a missing password", () => withTrunk({ password: undefined }));
  it("is refused as a phone named like a trunk", () =>
    check({ phones: [{ ...phone, phone: "trunk-acme" as PhoneName }] }));
  it("is refused in a digest", () => check({ phones: [{ ...phone, ha1: "x" }] }));
  it("is refused in a path", () => check({ paths: { ...input.paths, log: "/a,b" } }));
  it("is refused as a port", () => check({ ports: { ...input.ports, sip: 70_000 } }));
  it("is refused as a short secret", () =>
    check({ credentials: { ...input.credentials, amiSecret: "short" } }));

  it("never adds a line, whatever it is", () => {
    const lines = (given: SwitchInput) =>
      [...renderSwitchConfig(given).values()].join("\n").split("\n").length;
    const usual = lines(input);
    fc.assert(fc.property(fc.string({ unit: "binary" }), (any) => {
      const given = { ...input, trunks: [{ ...trunk, username: any, password: any, host: any }] };
      try {
        return lines(given) === usual;
      } catch (error) {
        return error instanceof UnsafeValue;
      }
    }));
  });
});

describe("a version of Asterisk", () => {
  const check = (version: string, knows: boolean) =>
    expect(knowsQualify2xxOnly(version)).to.equal(knows);

  it("20.6 does not know qualify_2xx_only", () => check("20.6.0~dfsg", false));
  it("20.12 does", () => check("20.12.0", true));
  it("22.1 does not", () => check("22.1.0", false));
  it("22.10 does", () => check("22.10.1+dfsg", true));
  it("23 does", () => check("23.0.0", true));
});
