/** Owns the error that ends the demo: something it needs did not happen. */
import type { Text } from "../../language.ts";

export class DemoFailure extends Error {
  override readonly name = "DemoFailure";
  readonly what: Text;

  constructor(what: Text) {
    super(what.en);
    this.what = what;
  }
}
