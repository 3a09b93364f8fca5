// Who answers: never guessed.
import t from 'tap';
import { buildTraces, hop, type Way, wayOf } from '../support/fake-way.ts';
import { EXPIRED, OPEN, REFUSED } from '../support/fake-reactor.ts';

const behindThree = wayOf(3);

/** As `behindThree`, but `port` is answered at `ttl` by something on the way. */
function withLiar(port: number, ttl: number, answer: typeof OPEN): Way {
  return (asked) => (asked.port === port && asked.ttl >= ttl ? answer : behindThree(asked));
}

t.test('an answer from nearer than the target is somebody else’s', async (t) => {
  const redirect = buildTraces(withLiar(443, 1, OPEN));
  t.match(await redirect.trace('10.0.0.7:443'), {
    answeredAtTtl: 1,
    by: 'other',
    summary: 'the SYN-ACK comes from hop 1, though 10.0.0.7 is 4 hops away: something on the way answers in its place',
  });
  const forged = buildTraces(withLiar(81, 2, REFUSED));
  t.match(await forged.trace('10.0.0.7:81', 'refused'), { answeredAtTtl: 2, by: 'other', summary: /^the RST comes/ });
});

t.test('the target’s distance is what its other port tells, or only a bound', async (t) => {
  const { trace } = buildTraces((asked) => {
    if (asked.port === 443) return OPEN;
    return asked.ttl <= 2 ? hop(asked.ttl) : EXPIRED;
  });
  t.match(await trace('10.0.0.7:443'), { by: 'other', summary: /though 10\.0\.0\.7 is more than 1 hop away/ });
});

t.test('answers of the same kind prove nothing, for one rule may make both', async (t) => {
  const all = buildTraces(({ ttl }) => (ttl === 1 ? hop(1) : REFUSED));
  t.match(await all.trace('10.0.0.7:81', 'refused'), {
    answeredAtTtl: 2,
    by: null,
    summary: 'the RST comes from hop 2; no other port of 10.0.0.7 tells whether it is the target’s',
  });
});

t.test('an open port that the request knows is compared with, before one that nobody uses', async (t) => {
  const { reactor, traces, trace } = buildTraces(behindThree);
  traces.noteOpen('10.0.0.7', 80);
  t.match(await trace('10.0.0.7:81', 'refused'), { by: 'target', summary: /and port 80 answers from there too/ });
  t.same(reactor.ttlsOf(80), [4]);
  t.same(reactor.ttlsOf(1), []);
});

t.test('a port that the policy denies is not asked', async (t) => {
  const asked: unknown[] = [];
  const mayAsk = ({ text }: { text: string }, port: number): boolean => {
    asked.push([text, port]);
    return false;
  };
  const { reactor, trace } = buildTraces(behindThree, { mayAsk });
  t.match(await trace('10.0.0.7:80'), { answeredAtTtl: 4, by: null });
  t.same(asked, [['10.0.0.7', 1]]);
  t.same(reactor.ttlsOf(1), []);
  const own = buildTraces(behindThree);
  await own.trace('10.0.0.7:1', 'refused');
  t.same(own.reactor.ttlsOf(2), [4], 'port 1 is compared with the next one');
});

t.test('a silent port tells nothing', async (t) => {
  const { trace } = buildTraces((asked) => (asked.port === 80 ? behindThree(asked) : EXPIRED));
  t.match(await trace('10.0.0.7:80'), { answeredAtTtl: 4, by: null });
});

t.test('ways of different length are no liar: some flows go the long way', async (t) => {
  // The traced flow takes the short way; of those that ask again, every fourth the long one.
  let flows = 0;
  const { trace } = buildTraces((asked) => {
    if (asked.port !== 80) return behindThree(asked);
    const isLong = asked.sourcePort === 0 && asked.ttl === 3 && ++flows % 4 === 0;
    return isLong ? hop(3) : wayOf(2)(asked);
  });
  t.match(await trace('10.0.0.7:80'), { answeredAtTtl: 3, by: null });
});
