// JSON as it leaves, in every reply: one line that ends. It knows nothing of what it says, but that a result may have very
// many attempts.

/** A shell's prompt comes after it, and whoever reads by lines need not wait for the end of the file. */
export function jsonLine(data: unknown): string {
  return `${JSON.stringify(data)}\n`;
}

/** Attempts that are written in one go, and how many of them in no time. */
const FEW = 128;
const VERY_FEW = 16;

interface Result {
  readonly attempts: readonly object[];
}

/** Whether it takes long to write the result in one go. */
export function isLong({ attempts }: Result): boolean {
  return attempts.length > FEW;
}

/** The same of `results`. */
export function areMany(results: readonly Result[]): boolean {
  return results.length > FEW || results.some(isLong);
}

/** Whether `results`, which are not many, take some time nevertheless where as many replies are due at once. */
export function areSome(results: readonly Result[]): boolean {
  return results.length > VERY_FEW || results.some(({ attempts }) => attempts.length > VERY_FEW);
}

/** The text of a reply with its `results`, in pieces that are quickly made. */
export function* replyPieces({ results, ...head }: { readonly results: readonly Result[] }): Generator<string, void> {
  yield `${JSON.stringify(head).slice(0, -1)},"results":[`;
  for (let from = 0; from < results.length;) {
    const some = results.slice(from, endOfFew(results, from));
    if (from > 0) yield ',';
    from += some.length;
    if (some.some(isLong)) for (const result of some) yield* resultPieces(result);
    else yield JSON.stringify(some).slice(1, -1); // In one go: a call for each result takes a third longer.
  }
  yield ']}\n';
}

/** Where those results from `from` on end that have few attempts together, or are one. */
function endOfFew(results: readonly Result[], from: number): number {
  let to = from;
  for (let attempts = 0; to < results.length; to++) {
    attempts += Math.max(1, results[to]?.attempts.length ?? 0);
    if (attempts > FEW && to > from) break;
  }
  return to;
}

/** The text of one result, in such pieces. */
export function* resultPieces(result: Result): Generator<string, void> {
  if (!isLong(result)) {
    yield JSON.stringify(result);
    return;
  }
  const { attempts, ...head } = result;
  yield `${JSON.stringify(head).slice(0, -1)},"attempts":[`;
  for (let i = 0; i < attempts.length; i += FEW) {
    const some = JSON.stringify(attempts.slice(i, i + FEW)).slice(1, -1);
    yield i === 0 ? some : `,${some}`;
  }
  yield ']}';
}
