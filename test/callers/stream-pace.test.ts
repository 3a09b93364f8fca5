import t from 'tap';
import { StreamPace } from '../../src/callers/stream-pace.ts';

/** Sets the pace after a while, with turns of a millisecond. */
function adjust(pace: StreamPace, ms = 30): void {
  for (let turns = 0; turns < ms; turns++) pace.turned();
  pace.adjust(pace.ahead, ms);
}

t.test('while nothing is answered, the pace goes up as fast as it is made use of', (t) => {
  const pace = new StreamPace();
  const first = pace.ahead;
  for (let i = 0; i < 6; i++) adjust(pace);
  t.ok(pace.ahead > 60 * first, `${pace.ahead}`);
  t.end();
});

t.test('what only queues does not raise it', (t) => {
  const pace = new StreamPace();
  const first = pace.ahead;
  for (let i = 0; i < 10; i++) {
    // 60 answers a millisecond; each has waited as long as it takes to answer all that are ahead of it.
    const waitMs = pace.ahead / 60;
    for (let n = 0; n < 60 * 30; n++) pace.answered(waitMs);
    adjust(pace);
    t.equal(Math.round(pace.ahead), first);
  }
  t.end();
});

t.test('a full reactor stays full: what is in flight is asked twice over', (t) => {
  const pace = new StreamPace();
  for (let i = 0; i < 50; i++) {
    // 1000 places, each taken for 100 ms.
    const inFlight = Math.min(1000, pace.ahead);
    const answersPerMs = inFlight / 100;
    const waitMs = (pace.ahead - inFlight) / answersPerMs;
    for (let n = 0; n < answersPerMs * 30; n++) pace.answered(waitMs);
    adjust(pace);
  }
  t.ok(pace.ahead > 1500 && pace.ahead < 4000, `${pace.ahead}`);
  t.end();
});

/** Ticks in which the event loop turns once in `turnMs`, everything is answered at once in it, and nothing is in flight. */
function answeredIn(pace: StreamPace, turnMs: number, ticks: number): void {
  for (let i = 0; i < ticks; i++) {
    for (let ms = 0; ms < 30; ms += turnMs) {
      pace.turned();
      for (let n = 0; n < pace.ahead; n++) pace.answered(turnMs);
    }
    pace.adjust(pace.ahead, 30);
  }
}

t.test('where turns are long more is asked in each, up to a bound, and less again when they are short', (t) => {
  const pace = new StreamPace();
  const first = pace.ahead;
  answeredIn(pace, 8, 2);
  t.ok(pace.ahead > 2 * first, `${pace.ahead}`);
  answeredIn(pace, 8, 20);
  const most = pace.ahead;
  t.ok(most >= 256 && most < 512, `${most} at the most`);
  answeredIn(pace, 3, 10);
  t.ok(Math.abs(pace.ahead - most) < 32, 'between the two it stays');
  answeredIn(pace, 0.5, 20);
  t.equal(Math.round(pace.ahead), first);
  t.end();
});

t.test('where another one sets the pace, it stays without a bound', (t) => {
  const pace = new StreamPace(Infinity);
  for (let i = 0; i < 3; i++) {
    pace.answered(1);
    pace.adjust(1000, 30);
  }
  t.equal(pace.ahead, Infinity);
  t.end();
});
