// Reads Accept (RFC 9110, 12.5.1): which form of a reply the caller prefers. The package negotiator lets the header's order
// decide between equal types, and finds nothing for `application/json; charset=utf-8`: both would change replies.

interface Range {
  readonly type: string;
  readonly quality: number;
}

/**
 * The best of `offered` (in order of our preference), or null when the header allows none. A form that is named beats
 * one that only a wildcard allows. An absent header allows everything.
 */
export function preferredType<Offered extends string>(
  accept: string | undefined,
  offered: readonly Offered[],
): Offered | null {
  // Nearly every caller sends one of these two, so skip the parser.
  if (accept === undefined || accept === '*/*') return offered[0] ?? null;
  const ranges = parseAccept(accept);
  let best: Offered | null = null;
  let bestRank = 0;
  for (const type of offered) {
    const rank = rankOf(type, ranges);
    if (rank > bestRank) [best, bestRank] = [type, rank];
  }
  return best;
}

function parseAccept(accept: string): Range[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
}

/** The most specific range that matches gives the quality. Among equal qualities, the more specific range ranks higher. */
function rankOf(type: string, ranges: readonly Range[]): number {
  const patterns = [type, `${type.split('/')[0] ?? ''}/*`, '*/*'];
  for (const [i, pattern] of patterns.entries()) {
    const range = ranges.find((candidate) => candidate.type === pattern);
    if (range !== undefined) return range.quality === 0 ? 0 : range.quality + (patterns.length - i) / 10_000;
  }
  return 0;
}
