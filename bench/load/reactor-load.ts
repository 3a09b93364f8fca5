// A process that puts load on the reactor through its client, without HTTP.
import { ReactorClient } from '../../src/reactor/client.ts';
import type { AttemptResult } from '../../src/reactor/protocol.ts';
import { loopback, seenOf, TIMEOUT_MS } from './attempts.ts';
import { answerLoads } from './load-process.ts';
import { type Checks, type Load, runLoad } from './load.ts';

const client = await new ReactorClient({ maxInFlight: 4096 }).start();

const checks: Checks<AttemptResult> = {
  start: (port, handshake) =>
    client.attempt(
      { address: loopback, port },
      { timeoutMs: TIMEOUT_MS, deadline: Infinity, handshake, caller: 0, request: 0, source: null },
    ),
  read: seenOf,
};

answerLoads(
  (load) => runLoad(load as Load, checks),
  () => client.close(0),
);
