// A process that puts the same load on net.connect. Each socket is reset, not closed in order: that spares net.connect
// the sockets in TIME_WAIT, which would slow down every later round.
import { connect } from 'node:net';
import { answerLoads } from './load-process.ts';
import { type Checks, type Load, runLoad } from './load.ts';
import type { Seen } from './tally.ts';

const checks: Checks<Seen> = {
  start: (port) =>
    new Promise((resolve) => {
      const begin = performance.now();
      const settle = (outcome: string): void => {
        resolve({ outcome, latencyMs: performance.now() - begin, rttMs: null });
        socket.resetAndDestroy();
      };
      const socket = connect({ host: '127.0.0.1', port });
      socket.once('connect', () => settle('open'));
      socket.once('error', (error: NodeJS.ErrnoException) =>
        settle(error.code === 'ECONNREFUSED' ? 'refused' : (error.code ?? error.message)),
      );
    }),
  read: (seen) => seen,
};

answerLoads(
  (load) => runLoad(load as Load, checks),
  () => Promise.resolve(),
);
