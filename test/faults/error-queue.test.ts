// recvmsg(2) that fails while it should say which ICMP message ended a connect. Without that word a firewall's refusal
// and a missing route look alike, so it is asked for again, or the attempt has failed; neither is guessed.
import t, { type Test } from 'tap';
import { Fault, faultsUnavailable } from '../support/faults.ts';
import { labTest, labUnavailable } from '../support/lab/availability.ts';
import { Lab } from '../support/lab/lab.ts';
import type { ReachdMethods } from '../support/lab/reachd-agent.ts';
import { reactorThread } from '../support/process-witness.ts';

t.setTimeout(120_000);

const CODES = [
  [3, 'rejected'],
  [13, 'rejected'],
  [1, 'unreachable'],
] as const;
const ERRORS = ['ENOMEM', 'ENOBUFS', 'EMFILE', 'EINTR'] as const;

const unavailable = faultsUnavailable();
const reason = unavailable === false ? labUnavailable() : unavailable;
const title = 'an ICMP message that cannot be read is asked for again, or the attempt has failed';

async function hideMessages(t: Test): Promise<void> {
  const lab = await Lab.create();
  t.teardown(() => lab.close());
  for (const [code] of CODES) {
    await lab.on(8000 + code, { answer: 'icmp', type: 3, code, from: lab.router.ipv4 });
  }
  const agent = await lab.agent<ReachdMethods>(new URL('../support/lab/reachd-agent.ts', import.meta.url));
  const thread = await reactorThread(await agent.call('pid'));
  const asks = Array.from({ length: 12 }, (_, i) => ({
    target: `${lab.target.ipv4}:${8000 + (CODES[i % CODES.length]?.[0] ?? 0)}`,
    timeoutMs: 2000,
  }));
  const outcomes = async (): Promise<string[]> =>
    (await agent.call('check', asks)).results.map(({ outcome }) => outcome);
  const right = asks.map((_, i) => CODES[i % CODES.length]?.[1] ?? '');
  t.same(await outcomes(), right, 'without a fault');
  for (const error of ERRORS) {
    for (const when of ['when=2+4', 'when=1+']) {
      const fault = await Fault.begin(t, { thread, inject: { recvmsg: `error=${error}:${when}` } });
      const seen = await outcomes();
      t.ok((await fault.end()) > 0, `${error} ${when}`);
      const wrong = seen.filter((outcome, i) => outcome !== right[i] && outcome !== 'failed');
      t.same(wrong, [], 'none is mistaken for another');
      if (when === 'when=1+') t.same([...new Set(seen)], ['failed']);
    }
  }
  t.same(await outcomes(), right, 'and afterwards nothing fails');
}

labTest(title, hideMessages, reason);
