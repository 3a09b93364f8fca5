// Rows a, b and c: the reactor without HTTP, 64 checks in flight, against the C loop and net.connect: on a target that
// accepts, on one that refuses, and with full handshakes.
import type { Ground } from '../ground.ts';
import { inTurn } from '../rounds.ts';
import { against, alone, oddLines } from '../table.ts';
import type { Work } from '../yardstick.ts';
import type { Row } from './row.ts';

const IN_FLIGHT = 64;
/** For a few tenths of a second; net.connect is slower and gets a part of it. */
const CHECKS = 50_000;
const NET_CHECKS = 15_000;
/** Fewer: an orderly close may leave a socket in TIME_WAIT, and the ephemeral ports are 28,000. */
const FULL_CHECKS = 10_000;

export const openRow: Row = {
  letter: 'a',
  title: 'open port, half-open handshake',
  async run(ground, rounds) {
    const port = await ground.yardstick.target('open');
    const work: Work = { port, checks: CHECKS, inFlight: IN_FLIGHT, handshake: 'half', expected: 'open' };
    const trials = await inTurn(rounds, [
      ours(ground, work),
      ground.plain(work),
      ground.reuse(work),
      net(ground, work),
    ]);
    const [reachd, plain, reuse, theirs] = trials;
    return [
      against('a', 'open, half', 'checksPerSecond', reachd, plain, { atLeast: 1.3 }),
      against('a', 'open, half', 'checksPerSecond', reachd, reuse, { atLeast: 0.75 }),
      against('a', 'open, half', 'checksPerSecond', reachd, theirs),
      against('a', 'open, half', 'processorUs', reachd, plain),
      against('a', 'open, half', 'latencyP50Ms', reachd, theirs),
      against('a', 'open, half', 'latencyP99Ms', reachd, theirs),
      alone('a', 'open, half', 'rttP50Ms', reachd),
      alone('a', 'open, half', 'rttP99Ms', reachd),
      ...oddLines('a', trials),
    ];
  },
};

export const refusedRow: Row = {
  letter: 'b',
  title: 'refused port',
  async run(ground, rounds) {
    const port = await ground.yardstick.target('bound');
    const work: Work = { port, checks: CHECKS, inFlight: IN_FLIGHT, handshake: 'half', expected: 'refused' };
    const trials = await inTurn(rounds, [ours(ground, work), ground.plain(work), net(ground, work)]);
    const [reachd, plain, theirs] = trials;
    return [
      against('b', 'refused', 'checksPerSecond', reachd, plain, { atLeast: 1.2 }),
      against('b', 'refused', 'checksPerSecond', reachd, theirs),
      against('b', 'refused', 'processorUs', reachd, plain),
      ...oddLines('b', trials),
    ];
  },
};

export const fullRow: Row = {
  letter: 'c',
  title: 'open port, full handshake',
  async run(ground, rounds) {
    const port = await ground.yardstick.target('open');
    const work: Work = { port, checks: FULL_CHECKS, inFlight: IN_FLIGHT, handshake: 'full', expected: 'open' };
    const trials = await inTurn(rounds, [ours(ground, work), ground.plain(work), ground.fin(work), net(ground, work)]);
    const [reachd, plain, fin, theirs] = trials;
    return [
      against('c', 'open, full', 'checksPerSecond', reachd, plain, { atLeast: 0.85 }),
      against('c', 'open, full', 'checksPerSecond', reachd, fin),
      against('c', 'open, full', 'checksPerSecond', reachd, theirs),
      against('c', 'open, full', 'processorUs', reachd, plain),
      against('c', 'open, full', 'processorUs', reachd, fin),
      ...oddLines('c', trials),
    ];
  },
};

function ours(ground: Ground, work: Work) {
  return ground.reactor({ kind: 'steady', work });
}

function net(ground: Ground, work: Work) {
  return ground.net({ kind: 'steady', work: { ...work, checks: Math.min(work.checks, NET_CHECKS) } });
}
