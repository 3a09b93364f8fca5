// Targets that the address policy denies: a group that needs one could never be up, so its file is refused, and the mistake
// names the rule. A name is looked up for that once; one that does not resolve now is judged in each round, as ever.
import { Cancellation } from '../check/cancellation.ts';
import { handshakeOf } from '../check/handshake.ts';
import type { Policy } from '../check/verdicts.ts';
import { isFailure } from '../check/lookup.ts';
import { RequestDeadline } from '../check/request-deadline.ts';
import type { Resolver } from '../check/resolver.ts';
import type { Check } from '../check/result.ts';
import type { FieldError } from '../contract/field-errors.ts';
import type { GroupDefinition } from './group-definition.ts';

export interface Judges {
  readonly policy: Policy;
  readonly resolver: Pick<Resolver, 'lookup'>;
}

/** A start waits no longer for a resolver that does not answer. */
const LOOKUP_MS = 1000;
/** Whose turn a lookup takes: callers are numbered from 1. */
const NOBODY = { caller: 0, request: 0 };

/** One mistake for each target that is denied, by its path in the file. */
export async function findDenied(groups: readonly GroupDefinition[], judges: Judges): Promise<FieldError[]> {
  const deadline = new RequestDeadline(LOOKUP_MS);
  try {
    const found = await Promise.all(
      groups.flatMap(({ question }, i) =>
        question.checks.map(async (check, j) => {
          const denial = await denialOf(check, judges, deadline);
          return denial === null ? [] : [{ path: `groups[${i}].targets[${j}]`, message: denial }];
        }),
      ),
    );
    return found.flat();
  } finally {
    deadline.clear();
  }
}

async function denialOf({ target, options }: Check, { policy, resolver }: Judges, deadline: RequestDeadline) {
  const addresses = target.address === null ? await addressesOf(target.host, resolver, deadline) : [target.address];
  for (const address of addresses) {
    const verdict = policy.judge(address, target.port, handshakeOf(options) === 'half');
    if (!verdict.allowed) return `takes an address that the policy allows: rule ${verdict.rule}, ${verdict.reason}`;
  }
  return null;
}

async function addressesOf(name: string, resolver: Judges['resolver'], deadline: RequestDeadline) {
  const waiting = { ...NOBODY, cancellation: new Cancellation(), deadline };
  const { answer } = await resolver.lookup(name, LOOKUP_MS, waiting);
  return isFailure(answer) ? [] : answer;
}
