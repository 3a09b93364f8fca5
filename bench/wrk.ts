// wrk, the load generator for HTTP: one thread of it, a few seconds a round.
import { requireTool, runTool } from './program.ts';
import { inRepository } from './paths.ts';
import type { Report } from './report.ts';

export interface HttpLoad {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** A file to post; null: GET. */
  readonly bodyFile: string | null;
  /** Checks that a request stands for. */
  readonly checks: number;
}

interface Summary {
  readonly requests: number;
  readonly us: number;
  readonly p99Us: number;
  readonly broken: number;
  readonly not2xx: number;
}

/** One round. Throws MissingTool. */
export async function runWrk({ url, connections, seconds, bodyFile, checks }: HttpLoad): Promise<Report> {
  requireTool('wrk');
  const script = inRepository('bench/wrk/report.lua');
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, url];
  const printed = await runTool('wrk', args, bodyFile === null ? {} : { BODY_FILE: bodyFile });
  const { requests, us, p99Us, broken, not2xx } = JSON.parse(printed.slice(printed.lastIndexOf('{'))) as Summary;
  const requestsPerSecond = requests / (us / 1e6);
  return {
    requestsPerSecond,
    checksPerSecond: requestsPerSecond * checks,
    requestP99Ms: p99Us / 1000,
    odd: { ...(broken > 0 && { 'broken requests': broken }), ...(not2xx > 0 && { 'requests without 2xx': not2xx }) },
  };
}
