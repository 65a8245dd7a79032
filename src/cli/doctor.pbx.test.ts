/** The doctor at a real stack: all its checks of the databases and the switch hold. */
import { expect } from "chai";
import { describe, it } from "mocha";
import { loadConfig } from "../config.ts";
import { databaseChecks } from "../stack/doctor/databases.ts";
import { askAri } from "../stack/ask-switch.ts";
import { switchChecks } from "../stack/doctor/switch.ts";

describe("the doctor at a real stack", () => {
  const config = loadConfig();
  const [server] = config.switches;
  if (server === undefined) throw new Error("run `ringwright up` first");
  for (const check of [...databaseChecks(config), ...switchChecks(server)]) {
    it(check.name, async () => {
      const { ok, seen, remedy } = await check.run();
      expect(ok, `${seen.en} → ${remedy?.en}`).to.equal(true);
    });
  }
  it("sees a wrong password as what it is", async () => {
    const { status } = await askAri({ ...server, ariPassword: "wrong-password" }, "asterisk/info");
    expect(status).to.equal(401);
    const [first] = switchChecks({ ...server, ariPassword: "wrong-password" });
    const verdict = await first?.run();
    expect(verdict?.ok).to.equal(false);
    expect(verdict?.seen.en).to.include("password is wrong");
  });
});
