// A checker on a fake reactor, with a small DNS of its own and a policy of one rule. No thread, no socket, no lookup.
import type { Address } from '../../src/net/address.ts';
import { Checker, type CheckerParts } from '../../src/check/checker.ts';
import type { LookupFailure } from '../../src/check/lookup.ts';
import type { CheckReply, CheckResult } from '../../src/check/result.ts';
import { address, checkOf, FakeReactor } from './fake-reactor.ts';
import { inquiry } from './inquiry.ts';

const NXDOMAIN: LookupFailure = { code: 'NXDOMAIN', local: false };

/** The names of the test's own DNS. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'one.test': ['10.0.0.1'],
  'two.test': ['10.0.0.1', '10.0.0.2'],
  'dual.test': ['fd00::1', 'fd00::2', '10.0.0.1'],
  'evil.test': ['10.0.0.1', '169.254.169.254'],
};

type Answering = ConstructorParameters<typeof FakeReactor>[0];

/** A checker on a reactor that answers as told, open unless told otherwise, and a policy that denies 169.254/16. */
export function buildChecker(answer?: Answering, parts: Partial<CheckerParts> = {}) {
  const reactor = new FakeReactor(answer);
  const asked: string[] = [];
  const judged: string[] = [];
  const checker = new Checker({
    reactor,
    resolver: {
      lookup(name) {
        asked.push(name);
        const found = NAMES[name]?.map(address);
        return Promise.resolve({ answer: found ?? NXDOMAIN, durationMs: 1.8, queuedMs: 0, cached: false });
      },
    },
    policy: {
      judge({ text }: Address, port: number, halfOpen: boolean) {
        judged.push(`${text} ${port} ${halfOpen ? 'half' : 'full'}`);
        if (!text.startsWith('169.254.')) return { allowed: true };
        return { allowed: false, rule: 'link-local', reason: 'link-local addresses are denied' };
      },
    },
    maxQueued: 10,
    vantage: 'test',
    ...parts,
  });
  const ask = async (...query: Parameters<typeof checkOf>): Promise<CheckResult> =>
    only(await checker.check([checkOf(...query)], inquiry()));
  return { checker, reactor, asked, judged, ask, reached: () => reactor.attempts.map((attempt) => attempt.address) };
}

/** The one result of a reply. */
export function only({ results: [result, ...others] }: CheckReply): CheckResult {
  if (result === undefined || others.length > 0) throw new Error('not one result');
  return result;
}
