import { expect } from "chai";
import fc from "fast-check";
import { durationMs, readWavHeader, samplesOf, writeWav, type WavHeader } from "./wav.ts";

const read = (file: Uint8Array): WavHeader => readWavHeader(file, file.length);

/** A good file of 8,000 frames, with one change. */
const broken = (change: (view: DataView, file: Uint8Array) => void): Uint8Array => {
  const file = writeWav(new Int16Array(8_000).fill(1_000), 8_000);
  change(new DataView(file.buffer), file);
  return file;
};

type Expected = { ms: number; whole: boolean } | { why: RegExp };

const check = (file: Uint8Array, expected: Expected): void => {
  const header = read(file);
  if ("why" in expected) {
    expect(header.kind).to.equal("not-wav");
    if (header.kind === "not-wav") expect(header.why).to.match(expected.why);
    return;
  }
  expect(header.kind).to.equal("wav");
  if (header.kind !== "wav") return;
  expect({ ms: durationMs(header), whole: header.whole }).to.deep.equal(expected);
};

/** `file` with a chunk of `bytes` before the samples. */
const withChunk = (file: Uint8Array, bytes: number): Uint8Array => {
  const chunk = new Uint8Array(8 + bytes + (bytes % 2));
  chunk.set([0x4c, 0x49, 0x53, 0x54]);
  new DataView(chunk.buffer).setUint32(4, bytes, true);
  return new Uint8Array([...file.subarray(0, 36), ...chunk, ...file.subarray(36)]);
};

describe("reading a wav file", () => {
  const second = { ms: 1_000, whole: true };
  const cut = { ms: 1_000, whole: false };

  it("takes a good one", () => { check(broken(() => undefined), second); });
  it("steps over other chunks", () => { check(withChunk(broken(() => undefined), 10), second); });
  it("steps over a chunk of odd length", () => {
    check(withChunk(broken(() => undefined), 7), second);
  });
  it("takes the samples of a writer that died before it knew their number", () => {
    check(broken((view) => { view.setUint32(40, 0, true); }), cut);
    check(broken((view) => { view.setUint32(40, 0xffffffff, true); }), cut);
  });
  it("does not believe more samples than there are", () => {
    check(broken((view) => { view.setUint32(40, 1_000_000, true); }), cut);
    check(broken(() => undefined).subarray(0, 44 + 8_000), { ms: 500, whole: false });
  });
  it("says its length in whole milliseconds", () => {
    // 32,476 frames are 4,059.5 ms, and as a division of fractions a little less.
    const header = read(writeWav(new Int16Array(32_476), 8_000));
    expect(header.kind === "wav" && durationMs(header)).to.equal(4_060);
  });
  it("leaves out a torn last sample", () => {
    check(broken(() => undefined).subarray(0, 44 + 8_001), { ms: 500, whole: false });
  });
  it("reads the true format behind WAVE_FORMAT_EXTENSIBLE", () => {
    const plain = broken(() => undefined);
    const format = new Uint8Array(40);
    format.set(plain.subarray(20, 36));
    const view = new DataView(format.buffer);
    view.setUint16(0, 0xfffe, true);
    view.setUint16(24, 1, true);
    const size = new Uint8Array([40, 0, 0, 0]);
    const parts = [plain.subarray(0, 16), size, format, plain.subarray(36)];
    check(new Uint8Array(parts.flatMap((part) => [...part])), second);
  });

  it("refuses what is no wav, saying why", () => {
    check(new Uint8Array(0), { why: /shorter/ });
    check(new Uint8Array(100), { why: /marks/ });
    check(broken((_, file) => { file[0] = 0; }), { why: /marks/ });
    check(broken((view) => { view.setUint16(20, 7, true); }), { why: /16-bit PCM \(format 7/ });
    check(broken((view) => { view.setUint16(34, 8, true); }), { why: /8 bits/ });
    check(broken((view) => { view.setUint16(22, 0, true); }), { why: /no channels/ });
    check(broken((_, file) => { file[12] = 0x58; }), { why: /before their format/ });
    check(broken(() => undefined).subarray(0, 36), { why: /no samples/ });
  });

  it("gives back what was written", () => {
    fc.assert(fc.property(
      fc.int16Array({ maxLength: 500 }), fc.integer({ min: 1, max: 192_000 }),
      (samples, sampleRate) => {
        const file = writeWav(samples, sampleRate);
        const header = read(file);
        if (header.kind !== "wav") throw new Error(header.why);
        expect(header.sampleRate).to.equal(sampleRate);
        const { dataStart, dataBytes } = header;
        expect(samplesOf(file.subarray(dataStart, dataStart + dataBytes))).to.deep.equal(samples);
      },
    ));
  });

  it("never throws, and never points outside the file", () => {
    const good = [...broken(() => undefined).subarray(0, 200)];
    fc.assert(fc.property(
      fc.array(fc.record({ at: fc.nat(199), byte: fc.nat(255) }), { maxLength: 8 }),
      fc.nat(200), (changes, length) => {
        const file = new Uint8Array(good);
        for (const { at, byte } of changes) file[at] = byte;
        const header = read(file.subarray(0, length));
        if (header.kind === "wav") {
          expect(header.dataStart + header.dataBytes).to.be.at.most(Math.max(length, 44));
        }
      },
    ));
  });
});
