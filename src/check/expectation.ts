// What a caller expects of a target, and whether an answer meets it. An answer is somebody's: what this host says by itself
// (no route, no network) proves nothing of a firewall, and silence of a resolver nothing of a name. Pure.
import type { Cause, Finding, Outcome } from './outcome.ts';

/** What may be expected. The other outcomes say that the question was not put. */
export const EXPECTABLE = ['open', 'refused', 'rejected', 'unreachable', 'timeout', 'unresolved'] as const;
export type Expectable = (typeof EXPECTABLE)[number];

/** A list is met by any of its outcomes. */
export type Expectation = 'open' | 'closed' | readonly Expectable[];

const CLOSED: readonly Outcome[] = ['refused', 'rejected', 'unreachable', 'timeout'];
const OPEN: readonly Outcome[] = ['open'];
/** The resolver's codes for an answer that did not come: res_query(3), getaddrinfo(3). */
const NO_ANSWER: readonly string[] = ['EAI_AGAIN', 'ETIMEOUT'];

/** Whether `finding` is what the caller expects, by the word of somebody else than this host. */
export function isMet({ outcome, cause }: Finding, expect: Expectation): boolean {
  return isListed(outcome, expect) && (cause === null || isAnswer(cause));
}

/**
 * Whether one address that is as expected is enough for a name with several. Only then may they race: that none is open, or
 * that each is as a list says, takes the word of each.
 */
export function isOneEnough(options: { readonly addresses: 'any' | 'all'; readonly expect: Expectation }): boolean {
  return options.addresses === 'any' && options.expect === 'open';
}

/** Why `finding` is not what was expected, where it does not tell by itself; else its own cause, which is the evidence. */
export function explainUnmet({ outcome, cause }: Finding, expect: Expectation): Cause | null {
  // Nobody looks for a certificate behind a port that was to be closed.
  if (cause === null || (cause.layer === 'tls' && !isListed(outcome, expect))) {
    return { layer: 'expectation', code: 'unexpected', message: `expected ${inWords(expect)}, is ${outcome}` };
  }
  if (!isListed(outcome, expect) || cause.layer === 'tls') return cause;
  const whose = cause.layer === 'local' ? 'only this host says so' : 'nobody answered';
  return { ...cause, message: `${cause.message}; expected ${inWords(expect)}, and ${whose}` };
}

function isListed(outcome: Outcome, expect: Expectation): boolean {
  const listed: readonly Outcome[] = expect === 'open' ? OPEN : expect === 'closed' ? CLOSED : expect;
  return listed.includes(outcome);
}

/** A cause of layer `tls` says that the port is open and the handshake is not well: whoever asks for both has not got both. */
function isAnswer({ layer, code }: Cause): boolean {
  return layer !== 'local' && layer !== 'tls' && !(layer === 'dns' && NO_ANSWER.includes(code));
}

function inWords(expect: Expectation): string {
  return typeof expect === 'string' ? expect : expect.join(' or ');
}
