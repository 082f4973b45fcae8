/** Stretches of a file. */

export interface ByteRange {
  readonly from: number;
  /** The first byte after it. */
  readonly to: number;
}

/** The same stretches, those that touch joined; they come in order. */
export function joinRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: ByteRange[] = [];
  for (const { from, to } of ranges) {
    const last = joined.at(-1);
    if (last && last.to === from) joined[joined.length - 1] = { from: last.from, to };
    else joined.push({ from, to });
  }
  return joined;
}

export function bytesIn(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

const mostNamed = 4;

/** For people, who count the last byte in: `0 to 511, 4096 to 8191`. */
export function describeRanges(ranges: readonly ByteRange[]): string {
  const named = ranges.slice(0, mostNamed).map(({ from, to }) => `${from} to ${to - 1}`);
  const more = ranges.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
