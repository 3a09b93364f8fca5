// What goes over the bus: subjects, targets and answers, there and back.
import fc from 'fast-check';
import t from 'tap';
import { DEFAULTS } from '../../src/config/settings.ts';
import { Contract } from '../../src/contract/contract.ts';
import { Batch } from '../../src/fleet/batch.ts';
import { isResult, readAnswerMessage, readAsk, readCard } from '../../src/fleet/messages.ts';
import * as subjects from '../../src/fleet/subjects.ts';
import { wireOptions, wireTarget } from '../../src/fleet/wire-target.ts';
import { resultOf } from '../support/build.ts';
import { checkOf } from '../support/fake-reactor.ts';

const name = fc.stringMatching(/^[A-Za-z0-9.-]{1,40}$/);
const word = fc.stringMatching(/^[a-f0-9]{12}$/);
const party = fc.record({ vantage: name, instance: word }, { noNullPrototype: true });
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

t.test('every subject names those whom it was made of, whatever they are called', (t) => {
  fc.assert(
    fc.property(party, party, (asker, from) => {
      t.strictSame(subjects.readHere(subjects.hereSubject(from)), from);
      t.equal(subjects.readWho(subjects.whoSubject(asker.vantage)), asker.vantage);
      t.strictSame(subjects.readAnswer(subjects.hereToSubject(asker, from)), { asker, from, about: 'here' });
      const about = { job: 'j1', ask: '0-7' };
      t.strictSame(subjects.readAnswer(subjects.answerSubject(asker, from, 'j1', '0-7')), { asker, from, about });
    }),
    { numRuns: 100 },
  );
  for (const other of ['', 'reachd.v1.to.a.b.c', 'reachd.v2.to.a.b.c.d.e.f', 'reachd.v1.to.a.b.c.d.e.f.g', 'x']) {
    t.equal(subjects.readAnswer(other), null, other);
    t.equal(subjects.readHere(other), null, other);
  }
  t.end();
});

t.test('a check crosses the bus as it was asked, with all its options', (t) => {
  const contract = new Contract(DEFAULTS);
  const bodies = [
    { targets: ['db.internal:5432', '[::1]:80', 'absolute.example.:80'] },
    { targets: ['a:1'], timeoutMs: 500, handshake: 'full', count: 3, intervalMs: 20, expect: ['refused', 'timeout'] },
    { targets: ['127.0.0.1:1'], family: 'ipv4', sourceAddress: '127.0.0.2', sourceInterface: 'lo', trace: 'always' },
    { targets: ['a:1', { host: 'b', port: 2, tls: false, name: 'second' }], tls: { alpn: ['h2'], servername: 'x.y' } },
    { targets: [{ host: 'b.', port: 2, tls: { verify: false }, addresses: 'all', expect: 'closed' }], tls: true },
  ];
  for (const body of bodies) {
    const asked = contract.parse(body);
    if ('errors' in asked) throw new Error(JSON.stringify(asked.errors));
    const targets = asked.checks.map((check) => JSON.parse(wireTarget(check, asked.options)) as unknown);
    const options = JSON.parse(JSON.stringify(wireOptions(asked.options))) as object;
    const read = contract.parse({ ...options, targets });
    if ('errors' in read) throw new Error(JSON.stringify(read.errors));
    t.strictSame(
      read.checks.map(({ target, options }) => ({ target, options })),
      asked.checks.map(({ target, options }) => ({ target, options })),
    );
  }
  t.end();
});

t.test('a vantage’s result is looked at; none speaks for the fleet', (t) => {
  const result = resultOf(checkOf('a:80'));
  t.ok(isResult(result));
  const cause = { layer: 'tcp', code: 'ECONNREFUSED', message: '' };
  t.ok(isResult({ ...result, outcome: 'refused', cause }));
  const wrong = [
    ...[null, 'open', [], {}, { ...result, outcome: 'silent' }, { ...result, ok: 1 }, { ...result, attempts: null }],
    ...[
      { ...result, cause: undefined },
      { ...result, cause: { ...cause, layer: 'fleet' } },
    ],
    ...[
      { ...result, cause: 'x' },
      { ...result, latencyMs: '1' },
      { ...result, cause: { layer: 'tcp' } },
    ],
  ];
  for (const each of wrong) t.notOk(isResult(each), JSON.stringify(each));
  t.end();
});

t.test('what is no message is nothing, and unknown fields are let pass', (t) => {
  t.strictSame(readAnswerMessage(bytes({ type: 'alive', later: 1 })), { type: 'alive' });
  t.equal(readAnswerMessage(bytes({ type: 'results', results: [['0', {}]], durationMs: 0 })), null);
  t.equal(readAnswerMessage(Uint8Array.of(0xff)), null);
  t.equal(readAsk(bytes({ type: 'check', targets: [] })), null);
  t.equal(readCard(bytes({ labels: { a: 1 }, version: '', draining: false })), null);
  t.end();
});

t.test('results are gathered, and one that is too long loses its attempts', async (t) => {
  const sent: unknown[][] = [];
  const batch = new Batch((results) => sent.push(results));
  const result = resultOf(checkOf('a:80'));
  const [attempt] = [{ address: 'x'.repeat(1000) }] as never[];
  batch.add(0, result);
  batch.add(1, { ...result, attempts: Array.from({ length: 400 }, () => attempt as never) });
  t.equal(sent.length, 1, 'it is full');
  t.match(sent[0], [
    [0, { ok: true }],
    [1, { ok: true, attempts: [], truncated: true }],
  ]);
  batch.add(2, result);
  t.equal(sent.length, 1);
  while (sent.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  t.match(sent[1], [[2, { ok: true }]]);
});
