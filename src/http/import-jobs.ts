/**
 * Owns the imports that came in over HTTP: the body goes to a file, the import runs in the
 * background on the engine of the command line, and its state can be asked for until the process
 * ends. The same file for the same list is the same job: sent again after an interrupt it goes on
 * where it stopped.
 */
import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Transform, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { inspectRequested, orderOf, type ImportRequest } from "../engine/import-request.ts";
import type { ListFile } from "../engine/list-file.ts";
import { importList, type ImportSummary } from "../engine/list-import.ts";
import { tryList, type ImportStep } from "../engine/list-reading.ts";
import { messageOf, StoreUnavailable, UserError } from "../errors.ts";
import { text, type Language, type Text } from "../language.ts";
import { leadFields, type LeadField } from "../leads/columns.ts";
import { limits } from "../limits.ts";
import { openImportStore, type ImportStore } from "../store/postgres/import.ts";

/** What a person is told of a file before its rows are. */
export interface FileView {
  readonly columns: readonly string[];
  readonly fields: Readonly<Partial<Record<LeadField, string>>>;
  readonly form: ListFile["form"];
  readonly bytes: number;
}

export interface Job {
  readonly id: string;
  readonly list: string;
  readonly file: FileView;
  state: "running" | "finished" | "failed";
  step: ImportStep;
  summary: ImportSummary | undefined;
  error: { readonly what: Text; readonly remedy: Text } | undefined;
}

export interface DryRun {
  readonly file: FileView;
  readonly rows: number;
  readonly good: number;
  readonly rejected: number;
  readonly rejections: readonly { line: number; column: string; reason: Text }[];
}

export interface ImportJobsOptions {
  readonly databaseUrl: string;
  /** Uploads and reject files are kept here, readable for the owner alone. */
  readonly folder: string;
  readonly failed: (error: unknown) => void;
}

const viewOf = ({ mapping, form, bytes }: ListFile): FileView => ({
  columns: mapping.columns, form, bytes,
  fields: Object.fromEntries(leadFields.flatMap((field) => {
    const column = mapping.fields[field];
    return column === undefined ? [] : [[field, mapping.columns[column] ?? ""]];
  })),
});

const tooLarge = (): UserError => new UserError(
  text(`the file is larger than ${limits.httpBodyBytes / 2 ** 20} MiB`,
    `文件超过 ${limits.httpBodyBytes / 2 ** 20} MiB`),
  text("split it, or import it with `ringwright list import`",
    "请拆分文件，或用 `ringwright list import` 导入"),
);

const tooMany = (): UserError => new UserError(
  text(`${limits.httpImports} imports are running already`, `已有 ${limits.httpImports} 个导入正在进行`),
  text("send it again when one of them has ended", "请在其中之一结束后重试"),
);

/** Passes a body on and ends it with a UserError when it is too long. */
function bounded(): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > limits.httpBodyBytes) done(tooLarge());
      else done(null, chunk);
    },
  });
}

/** A file that is sent, and on whose behalf, for the audit log. */
export interface Upload {
  readonly body: Readable;
  readonly who: string;
}

export class ImportJobs {
  readonly #options: ImportJobsOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #interrupts = new Map<string, AbortController>();
  readonly #running = new Set<Promise<void>>();
  /** Bodies on their way and imports that run, against `limits.httpImports`. */
  #busy = 0;

  constructor(options: ImportJobsOptions) {
    this.#options = options;
  }

  get(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  rejectFile(id: string): string {
    return join(this.#options.folder, `${id}.rejected.csv`);
  }

  /** Takes a body and begins its import; throws UserError for what cannot be imported. */
  start(upload: Upload, request: ImportRequest, language: Language): Promise<Job> {
    return this.#withUpload(upload, async (path, store) => {
      const file = await inspectRequested(path, request, store);
      const id = createHash("sha256").update(JSON.stringify([request.list, file.fingerprint]))
        .digest("hex").slice(0, 32);
      const same = this.#jobs.get(id);
      if (same?.state === "running") return { result: same };
      if (request.source !== undefined) {
        await store.saveSourceMapping(request.source, orderOf(file));
      }
      const kept = join(this.#options.folder, `${id}.upload`);
      await rename(path, kept);
      const job = this.#remember({
        id, list: request.list, file: viewOf(file), state: "running",
        step: { bytes: 0, rows: 0, rejected: 0 }, summary: undefined, error: undefined,
      });
      const run = this.#run(job, { file: { ...file, path: kept }, request, language, store });
      return { result: job, run };
    });
  }

  /** Takes a body, looks at all of its rows, and changes nothing. */
  try(upload: Upload, request: ImportRequest, signal: AbortSignal): Promise<DryRun> {
    return this.#withUpload(upload, async (path, store) => {
      const file = await inspectRequested(path, request, store);
      const { rejections, ...counts } = await tryList(file, signal, () => undefined);
      const shown = rejections.map(({ line, column, reason }) => ({ line, column, reason }));
      return { result: { file: viewOf(file), ...counts, rejections: shown } };
    });
  }

  /** Interrupts a running import; the same file sent again goes on with it. */
  interrupt(id: string): void {
    this.#interrupts.get(id)?.abort();
  }

  /** Interrupts all of them and waits until they have ended. */
  async close(): Promise<void> {
    for (const interrupt of this.#interrupts.values()) interrupt.abort();
    await Promise.allSettled(this.#running);
  }

  async #withUpload<T>(
    { body, who }: Upload,
    work: (path: string, store: ImportStore) => Promise<{ result: T; run?: Promise<void> }>,
  ): Promise<T> {
    if (this.#busy >= limits.httpImports) throw tooMany();
    this.#busy++;
    const path = join(this.#options.folder, `${randomUUID()}.part`);
    let store: ImportStore | undefined;
    let run: Promise<void> | undefined;
    const end = async (): Promise<void> => {
      this.#busy--;
      await Promise.all([store?.close(), rm(path, { force: true })]);
    };
    try {
      await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
      await pipeline(body, bounded(), createWriteStream(path, { mode: 0o600 }));
      store = await openImportStore(this.#options.databaseUrl, { who });
      const begun = await work(path, store);
      run = begun.run;
      if (run) this.#track(run, end);
      return begun.result;
    } finally {
      if (run === undefined) await end();
    }
  }

  #track(run: Promise<void>, end: () => Promise<void>): void {
    const whole = run.then(end).catch(this.#options.failed);
    this.#running.add(whole);
    void whole.finally(() => { this.#running.delete(whole); });
  }

  #remember(job: Job): Job {
    this.#jobs.delete(job.id);
    this.#jobs.set(job.id, job);
    for (const [id, { state }] of this.#jobs) {
      if (this.#jobs.size <= limits.httpJobs) break;
      if (state !== "running") this.#jobs.delete(id);
    }
    return job;
  }

  async #run(job: Job, { file, request, language, store }: {
    file: ListFile; request: ImportRequest; language: Language; store: ImportStore;
  }): Promise<void> {
    const interrupt = new AbortController();
    this.#interrupts.set(job.id, interrupt);
    try {
      job.summary = await importList({
        file, list: request.list, leftOut: request.notIn, rejectFile: this.rejectFile(job.id),
        language, signal: interrupt.signal, onStep: (step) => { job.step = step; },
      }, store);
      job.state = "finished";
    } catch (error) {
      job.state = "failed";
      job.error = error instanceof UserError ? error : {
        what: text(messageOf(error), messageOf(error)),
        remedy: error instanceof StoreUnavailable
          ? text("send the file again when the database is back", "数据库恢复后请重新发送文件")
          : text("the log of the server has more", "详情见服务器日志"),
      };
      if (!(error instanceof UserError)) this.#options.failed(error);
    } finally {
      this.#interrupts.delete(job.id);
      await rm(file.path, { force: true });
    }
  }
}
