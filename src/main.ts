/** The entry point of `ringwright`: hands the words of the command line to cli/. */
import { run } from "./cli/program.ts";

// A reader that has seen enough (`ringwright lead list | head`) closes the pipe: no fault of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2));
