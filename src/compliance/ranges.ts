/** Owns the reading of ranges/high-risk.yaml. A file that cannot be understood is refused whole. */
import type { HighRiskRange } from "./destinations.ts";
import { PackReader, yamlOf } from "./pack-reader.ts";

export function readRanges(content: string, file: string): readonly HighRiskRange[] {
  const reader = new PackReader(file);
  const top = reader.fields(yamlOf(content, file), "the file", ["id", "version", "ranges"]);
  const id = reader.words(top["id"], "id", /^[a-z0-9-]{2,40}$/);
  const version = reader.words(top["version"], "version", /^\d{4}-\d{2}-\d{2}$/);
  return reader.list(top["ranges"], "ranges").map((each, i) => {
    const where = `ranges[${i}]`;
    const fields = reader.fields(each, where, ["prefix", "kind", "source"]);
    return {
      prefix: reader.words(fields["prefix"], `${where}.prefix`, /^\+[1-9]\d{0,14}$/),
      kind: reader.words(fields["kind"], `${where}.kind`, /^[a-z-]{2,40}$/),
      source: reader.source(fields["source"], where, { pack: id, version }),
    };
  });
}
