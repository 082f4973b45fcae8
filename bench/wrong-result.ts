/** A program ended well and its result is not what was asked of it: worse than any figure. */
export class WrongResult extends Error {}
