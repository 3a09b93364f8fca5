// A bus that goes and comes back, and a caller that reads slowly.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { openPort } from '../support/raw-sockets.ts';
import { streamed, TestFleet } from '../support/test-fleet.ts';

t.setTimeout(300_000);

const LINES = 20_000;
const STILL_MS = 3000;

t.test('a sweep outlives its server: each line is answered once, after it is back', async (t) => {
  const target = `127.0.0.1:${openPort(t).port}`;
  const fleet = await TestFleet.start(t, ['a', 'b']);
  const sent = fleet.stream('from=*&by=one');
  let isRestarted = false;
  const restart = async (): Promise<void> => {
    await fleet.bus.kill();
    await sleep(500);
    await fleet.restartBus();
  };
  const reply = streamed(sent, (count) => {
    if (count > LINES / 4 && !isRestarted) {
      isRestarted = true;
      void restart();
    }
  });
  sent.end(`${target}\n`.repeat(LINES));
  const { results, summary } = await reply;
  t.ok(isRestarted);
  t.equal(new Set(results.map(({ index }) => index)).size, LINES);
  t.equal(results.length, LINES);
  t.same(summary.outcomes, { open: LINES });
});

t.test('a sweep outlives a server that stands still for a while', async (t) => {
  const target = `127.0.0.1:${openPort(t).port}`;
  const fleet = await TestFleet.start(t, ['a', 'b']);
  const sent = fleet.stream('from=*&by=one');
  let isStopped = false;
  const reply = streamed(sent, (count) => {
    if (count <= LINES / 4 || isStopped) return;
    isStopped = true;
    fleet.bus.signal('SIGSTOP');
    setTimeout(() => fleet.bus.signal('SIGCONT'), STILL_MS);
    sent.end(`${target}\n`.repeat(LINES / 2));
  });
  sent.write(`${target}\n`.repeat(LINES / 2));
  const { results, summary, vantages } = await reply;
  t.ok(isStopped);
  t.ok(vantages.every(({ state }) => state === 'answered'));
  t.equal(new Set(results.map(({ index }) => index)).size, LINES);
  t.equal(results.length, LINES);
  t.same(summary.outcomes, { open: LINES });
});

t.test('without a bus the fleet cannot be asked, and the instance is as ready as ever', async (t) => {
  const target = `127.0.0.1:${openPort(t).port}`;
  const fleet = await TestFleet.start(t, ['a']);
  const { url } = fleet.gateway;
  const ask = (): Promise<Response> => fetch(`${url}/check?target=${target}&from=*`);
  await fleet.bus.kill();
  await fleet.until(async () => (await ask()).status === 503);
  const refused = await ask();
  t.match(await refused.json(), { type: 'urn:reachd:problem:bus-unavailable', status: 503 });
  t.equal(refused.headers.get('retry-after'), '1');
  t.equal((await fetch(`${url}/readyz`)).status, 200);
  t.equal((await fetch(`${url}/check?target=${target}`)).status, 200, 'it asks for itself as ever');
  t.match(await (await fetch(`${url}/vantages`)).json(), { bus: { connected: false } });
  await fleet.restartBus();
  await fleet.until(async () => (await ask()).status === 200);
});

t.test('a caller that reads slowly gets it all', async (t) => {
  const target = `127.0.0.1:${openPort(t).port}`;
  const fleet = await TestFleet.start(t, ['a', 'b']);
  const sent = fleet.stream('from=*&by=one');
  const [reply] = await Promise.all([
    new Promise<string>((resolve) => {
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          response.pause();
          setTimeout(() => response.resume(), 2);
        });
        response.on('end', () => resolve(text));
      });
    }),
    sleep(0).then(() => sent.end(`${target}\n`.repeat(LINES))),
  ]);
  const lines = reply.trimEnd().split('\n');
  t.equal(lines.length, LINES + 1);
  t.match(JSON.parse(lines.at(-1) ?? ''), { summary: { total: LINES, outcomes: { open: LINES } } });
});
