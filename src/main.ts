/** The entry point of `ringwright`: hands the words of the command line to cli/. */
import { run } from "./cli/program.ts";

process.exitCode = await run(process.argv.slice(2));
