// What the figures were measured on: without it nobody can tell a slow machine from a slow program.
import { availableParallelism, cpus, loadavg, release } from 'node:os';

/** One line, with the day. */
export function describeMachine(): string {
  const load = loadavg().map((value) => value.toFixed(2));
  const model = cpus()[0]?.model ?? 'an unknown processor';
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, load average ${load.join(' ')}, ${availableParallelism()} cores (${model}), Node ${process.version}, Linux ${release()}`;
}
