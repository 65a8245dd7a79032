/**
 * Owns a controller in a process of its own, to be killed: started by the bench of take-over with
 * the URL of its database and the number of agents' phones. Ends in good order on SIGTERM.
 */
import { once } from "node:events";
import { loadConfig } from "../../src/config.ts";
import { pacerFor } from "../../src/pacing/pacers.ts";
import { startController } from "./controller.ts";

const [databaseUrl, agents] = process.argv.slice(2);
const [switchConfig] = loadConfig().switches;
if (!databaseUrl || !switchConfig) throw new Error("give the URL of the database and the agents");

const told = once(process, "SIGTERM");
const { stop } = await startController(
  { databaseUrl, switchConfig, agents: Number(agents) }, ({ mode }) => pacerFor(mode));
await told;
await stop();
process.exit(0);
