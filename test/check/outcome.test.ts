import { constants } from 'node:os';
import fc from 'fast-check';
import t from 'tap';
import { CAUSE_LAYERS, outcomeOf, OUTCOMES, type Finding } from '../../src/check/outcome.ts';
import { outcomeOfLookup } from '../../src/check/lookup.ts';
import { MAX_ADDRESSES } from '../../src/check/resolver.ts';
import { ENDINGS, SYSCALLS, type AttemptResult, type Syscall } from '../../src/reactor/protocol.ts';
import { facts, icmp, tcp } from '../support/fake-reactor.ts';
import { ENONET, ICMP_V4, ICMP_V6 } from '../support/icmp-table.ts';
import { failing, KERNEL_TABLE, local } from '../support/kernel-table.ts';

const { errno: E } = constants;
const EHOSTDOWN = 112;

t.test('each row of the kernel table has its outcome, layer, code and message', (t) => {
  for (const [situation, raw, outcome, cause, message] of KERNEL_TABLE) {
    const judged = outcomeOf(raw);
    t.equal(judged.outcome, outcome, situation);
    t.equal(judged.cause === null ? null : `${judged.cause.layer} ${judged.cause.code}`, cause, situation);
    if (message !== undefined) t.equal(judged.cause?.message, message, situation);
  }
  t.same(new Set(KERNEL_TABLE.map(([, raw]) => raw.ending)), new Set(ENDINGS), 'each ending has a row');
  t.end();
});

t.test('an ICMP error says who sent what, in both families', (t) => {
  for (const [rows, from] of [
    [ICMP_V4, '10.0.0.1'],
    [ICMP_V6, 'fd00::1'],
  ] as const) {
    for (const [errno, type, code, outcome] of rows) {
      const { cause, ...judged } = outcomeOf(failing(errno, { icmp: icmp(type, code, from) }));
      t.same(judged, { outcome }, `${from} ${type}/${code}`);
      t.same(cause?.icmp, { type, code, from });
      t.equal(cause?.layer, 'icmp');
      t.equal(errnoOf(cause?.code), errno);
      t.match(cause?.message, new RegExp(` by ${from}$`));
    }
  }
  t.end();
});

/** What is foreseen of an errno without further evidence, by the call that it came from; null is the connect's own end. */
const FORESEEN: readonly (readonly [syscall: Syscall | null, outcome: string, errnos: readonly number[]])[] = [
  [null, 'rejected', [E.ECONNREFUSED]],
  [null, 'unreachable', [E.EHOSTUNREACH, E.ENETUNREACH]],
  [null, 'timeout', [E.ETIMEDOUT]],
  ['connect', 'unreachable', [E.EHOSTUNREACH, E.ENETUNREACH, E.EACCES, E.EINVAL]],
  ['connect', 'rejected', [E.EPERM]],
  ['socket', 'unreachable', [E.EAFNOSUPPORT]],
  ['setsockopt', 'failed', [E.ENODEV, E.EPERM]],
  ['bind', 'failed', [E.EINVAL]],
];
const SHORTAGES = [E.EMFILE, E.ENFILE, E.EADDRNOTAVAIL, E.EAGAIN, E.ENOBUFS, E.ENOMEM, E.ENOSPC];

t.test('every errno has an outcome; one that nobody foresaw is failed, names itself and is marked', (t) => {
  for (const errno of [...Object.values(E), ENONET, EHOSTDOWN, 524]) {
    for (const syscall of [null, ...SYSCALLS]) {
      const {
        outcome,
        cause,
        isUnforeseen = false,
      } = outcomeOf(syscall === null ? failing(errno) : local(syscall, errno));
      const foreseen = FORESEEN.find(([call, , errnos]) => call === syscall && errnos.includes(errno));
      const shortage = syscall !== null && SHORTAGES.includes(errno);
      const message = `${syscall ?? 'connect'} failed unexpectedly`;
      const wanted = { outcome: foreseen?.[1] ?? 'failed', isUnforeseen: foreseen === undefined && !shortage, errno };
      t.same(
        { outcome, isUnforeseen, errno: errnoOf(cause?.code) },
        wanted,
        `${syscall ?? 'the connect'}: errno ${errno}`,
      );
      if (isUnforeseen && cause?.message !== message) t.fail(`${message}, not ${cause?.message ?? 'nothing'}`);
    }
  }
  t.end();
});

t.test('sockets and libuv disagree on names: the code is as connect(2) has it', (t) => {
  const codeOf = (errno: number): string | undefined => outcomeOf(failing(errno)).cause?.code;
  t.equal(codeOf(E.EOPNOTSUPP), 'EOPNOTSUPP');
  t.equal(codeOf(E.EWOULDBLOCK), 'EAGAIN');
  t.equal(codeOf(E.ENETRESET), 'ENETRESET', 'which libuv does not know');
  t.equal(codeOf(ENONET), 'ENONET', 'which Node does not list');
  t.end();
});

t.test('outcomeOf is total: whatever the facts, one of the outcomes, with a cause unless open', (t) => {
  const word = fc.nat({ max: 2 ** 31 - 1 });
  const small = fc.nat({ max: 3 });
  const from = fc.oneof(
    fc.record({ family: fc.constant(4 as const), bytes: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
    fc.record({ family: fc.constant(6 as const), bytes: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
  );
  const raw: fc.Arbitrary<AttemptResult> = fc.record({
    ending: fc.constantFrom(...ENDINGS),
    syscall: fc.option(fc.constantFrom(...SYSCALLS)),
    errno: fc.oneof(fc.nat({ max: 140 }), word),
    latencyMs: fc.option(fc.double({ min: 0, max: 3e4, noNaN: true })),
    queuedMs: fc.double({ min: 0, max: 3e4, noNaN: true }),
    tcp: fc.option(
      fc.record({ state: fc.nat({ max: 12 }), rttUs: word, synRetransmits: small, segsOut: small, segsIn: small }),
    ),
    startedAt: fc.constant(null),
    local: fc.constant(null),
    connection: fc.constant(null),
    icmp: fc.option(fc.record({ type: fc.nat({ max: 255 }), code: fc.nat({ max: 255 }), from })),
  });
  const holds = fc.property(raw, (result) => isWellFormed(outcomeOf(result)));
  t.doesNotThrow(() => fc.assert(holds, { numRuns: 2000 }));
  t.end();
});

t.test('a lookup that failed is the name’s, reachd’s own, or the caller’s', (t) => {
  const judged = (code: string, isLocal = false): string => {
    const { outcome, cause } = outcomeOfLookup({ code, local: isLocal });
    t.equal(cause?.code, code);
    return `${outcome} ${cause?.layer ?? ''}: ${cause?.message ?? ''}`;
  };
  t.equal(judged('NXDOMAIN'), 'unresolved dns: no such name');
  t.equal(judged('NODATA'), 'unresolved dns: the name has no address');
  t.equal(judged('SERVFAIL'), 'unresolved dns: the DNS server failed to answer for the name');
  t.equal(judged('ETIMEOUT'), 'unresolved dns: the resolver did not answer in time');
  t.equal(judged('EAI_FAIL'), 'unresolved dns: the name could not be resolved');
  t.equal(judged('not-started', true), 'failed deadline: the request’s deadline passed before it was its turn');
  t.equal(
    judged('cut-short', true),
    'failed deadline: the request’s deadline passed before the target’s own time was over',
  );
  t.equal(judged('EMFILE', true), 'failed local: the name could not be resolved');
  const many = `failed local: the name has more addresses than reachd takes of one (${MAX_ADDRESSES})`;
  t.equal(judged('too-many-addresses', true), many);
  t.equal(judged('ECANCELED', true), 'cancelled local: cancelled before the name was resolved');
  t.end();
});

function isWellFormed({ outcome, cause, isUnforeseen }: Finding): boolean {
  const known = OUTCOMES.includes(outcome) && outcome !== 'unresolved' && outcome !== 'denied';
  const told = cause !== null && CAUSE_LAYERS.includes(cause.layer) && cause.code !== '' && cause.message !== '';
  return known && (told || (cause === null && outcome === 'open')) && (isUnforeseen !== true || outcome === 'failed');
}

/** The number of the errno that a code names. */
function errnoOf(code: string | undefined): number | undefined {
  if (code === 'ENONET') return ENONET;
  if (code === 'EHOSTDOWN') return EHOSTDOWN;
  const listed = Object.entries(E).find(([name]) => name === code);
  return listed?.[1] ?? Number(/\d+/.exec(code ?? '')?.[0]);
}

t.test('silence is the target’s however long the attempt waited inside reachd', (t) => {
  const silence = { ending: 'expired', tcp: tcp({ state: 2, segsOut: 1 }) } as const;
  t.match(outcomeOf(facts({ ...silence, queuedMs: 6000, latencyMs: 40 })), { outcome: 'timeout' });
  t.end();
});
