/** Owns what stops a chaos run: the test could not be done, which says nothing of the product. */
export class ChaosFailure extends Error {}
