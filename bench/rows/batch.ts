// Row l: a batch of which nine tenths are silent, against the time that its waves of timeouts have to take. Row m: what a
// check costs by how many are asked for in one request.
import type { Ground } from '../ground.ts';
import type { Report } from '../report.ts';
import { type Contender, inTurn } from '../rounds.ts';
import { alone, oddLines } from '../table.ts';
import type { Row } from './row.ts';

const BATCH = 10_000;
const SILENT = 9000;
const TIMEOUT_MS = 1000;
/** Requests of each size are repeated until so many checks are made. */
const CHECKS_A_SIZE = 20_000;

interface CheckReply {
  readonly summary: { readonly outcomes: { readonly open?: number; readonly timeout?: number } };
}

export const silentBatchRow: Row = {
  letter: 'l',
  title: `POST /check, ${BATCH} targets, ${SILENT} of them silent`,
  async run(ground, rounds) {
    const [open, silent] = [await ground.yardstick.target('open'), await ground.yardstick.target('silent')];
    const targets = [...targetsAt(silent, SILENT), ...targetsAt(open, BATCH - SILENT)];
    const body = JSON.stringify({ targets, timeoutMs: TIMEOUT_MS });
    const once = async (): Promise<Report> => {
      const begin = performance.now();
      const { outcomes } = (await post((await ground.reachd()).url, body)).summary;
      const ms = performance.now() - begin;
      const wrong = BATCH - (outcomes.open ?? 0) - (outcomes.timeout ?? 0);
      return { overIdealMs: ms - TIMEOUT_MS, odd: wrong > 0 ? { 'neither open nor timeout': wrong } : {} };
    };
    const trials = await inTurn(rounds, [{ name: 'reachd', run: once }]);
    return [
      alone('l', `${BATCH} targets, ${SILENT} silent`, 'overIdealMs', trials[0], { atMost: 500 }),
      ...oddLines('l', trials),
    ];
  },
};

export const sizesRow: Row = {
  letter: 'm',
  title: 'POST /check by the number of targets',
  async run(ground, rounds) {
    const port = await ground.yardstick.target('open');
    const batches = [1, 10, 100, 1000, 10_000].map((size) => batchesOf(ground, port, size));
    const trials = await inTurn(rounds, [...batches, streamOf(ground, port, 100_000)]);
    return [...trials.map((trial) => alone('m', trial.name, 'checksPerSecond', trial)), ...oddLines('m', trials)];
  },
};

/** One request after the other, each with `size` targets. */
function batchesOf(ground: Ground, port: number, size: number): Contender {
  const body = JSON.stringify({ targets: targetsAt(port, size) });
  const requests = Math.max(1, Math.min(2000, CHECKS_A_SIZE / size));
  const run = async (): Promise<Report> => {
    const { url } = await ground.reachd();
    const begin = performance.now();
    let open = 0;
    for (let i = 0; i < requests; i++) open += (await post(url, body)).summary.outcomes.open ?? 0;
    return rateOf(size * requests, open, begin);
  };
  return { name: `${size} ${size === 1 ? 'target' : 'targets'} a request`, run };
}

/** A request larger than MAX_TARGETS is a stream. */
function streamOf(ground: Ground, port: number, size: number): Contender {
  const body = `127.0.0.1:${port}\n`.repeat(size);
  const run = async (): Promise<Report> => {
    const { url } = await ground.reachd();
    const begin = performance.now();
    const headers = { 'content-type': 'text/plain' };
    const lines = (await (await fetch(`${url}/check`, { method: 'POST', body, headers })).text()).trimEnd().split('\n');
    const { summary } = JSON.parse(lines.at(-1) ?? '') as CheckReply;
    return rateOf(size, summary.outcomes.open ?? 0, begin);
  };
  return { name: `${size} targets a request, a stream`, run };
}

function rateOf(checks: number, open: number, begin: number): Report {
  const seconds = (performance.now() - begin) / 1000;
  return { checksPerSecond: checks / seconds, odd: open < checks ? { 'not open': checks - open } : {} };
}

async function post(url: string, body: string): Promise<CheckReply> {
  const headers = { 'content-type': 'application/json' };
  return (await (await fetch(`${url}/check`, { method: 'POST', body, headers })).json()) as CheckReply;
}

function targetsAt(port: number, count: number): string[] {
  return Array<string>(count).fill(`127.0.0.1:${port}`);
}
