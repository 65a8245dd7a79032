/** Owns the error that ends the demo: something it needs did not happen. */
export class DemoFailure extends Error {
  override readonly name = "DemoFailure";
}
