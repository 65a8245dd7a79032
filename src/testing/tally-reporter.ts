/**
 * Owns what mocha prints in scripts/test: a line that counts on a terminal, nothing in a pipe,
 * each failure in full at the end, and the counts in a file for who adds up several suites.
 */
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Options {
  readonly reporterOptions?: { readonly file?: string };
}

export default class TallyReporter extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions & Options) {
    super(runner, options);
    const tally = { passed: 0, failed: 0, skipped: 0 };
    const terminal = process.stdout.isTTY;
    const { total } = runner;
    const draw = (test: Mocha.Test): void => {
      if (!terminal) return;
      const done = tally.passed + tally.failed + tally.skipped;
      const line = `… ${done}/${total} ${test.fullTitle()}`;
      process.stdout.write(`\r\u001b[2K${line.slice(0, (process.stdout.columns || 80) - 1)}`);
    };
    const count = (outcome: keyof Tally) => (test: Mocha.Test) => {
      tally[outcome]++;
      draw(test);
    };
    const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_RUN_END } =
      Mocha.Runner.constants;
    runner.on(EVENT_TEST_PASS, count("passed"));
    runner.on(EVENT_TEST_FAIL, count("failed"));
    runner.on(EVENT_TEST_PENDING, count("skipped"));
    runner.once(EVENT_RUN_END, () => {
      if (terminal) process.stdout.write("\r\u001b[2K");
      if (this.failures.length > 0) Mocha.reporters.Base.list(this.failures);
      const file = options.reporterOptions?.file;
      if (file !== undefined) writeFileSync(file, JSON.stringify(tally));
    });
  }
}
