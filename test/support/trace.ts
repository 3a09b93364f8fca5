// strace(1) on a running process and all its threads: the TCP connects that it makes, as the kernel is given them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TracedConnect {
  readonly address: string;
  readonly port: number;
}

/** Runs `work` while `pid` is traced, and gives the connects on TCP sockets that it made, in order. */
export async function connectsDuring(pid: number, file: string, work: () => Promise<void>): Promise<TracedConnect[]> {
  // -yy names the protocol of each descriptor: the resolver connects UDP sockets, to send its questions and to learn
  // which source address a destination would have.
  const strace = spawn('strace', ['-f', '-yy', '-p', String(pid), '-o', file, '-e', 'trace=connect'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(strace, 'close');
  let said = '';
  strace.stderr.on('data', (chunk) => (said += String(chunk)));
  for (let i = 0; i < 1000 && !said.includes('attached'); i++) await sleep(10);
  if (!said.includes('attached')) throw new Error(`strace did not attach: ${said}`);
  // The threads of a process are attached to one after the other.
  await sleep(200);
  try {
    await work();
  } finally {
    strace.kill('SIGINT');
    await ended;
  }
  return tcpConnects(readFileSync(file, 'utf8'));
}

/** What a line says: `connect(31<TCP:[81]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}, 16) = …` */
export function tcpConnects(trace: string): TracedConnect[] {
  return trace.split('\n').flatMap((line) => {
    if (!/connect\(\d+<TCP(?:v6)?:/.test(line) || line.includes('AF_UNSPEC')) return [];
    const address = /inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/.exec(line);
    const port = /sin6?_port=htons\((\d+)\)/.exec(line)?.[1];
    if (address === null || port === undefined) throw new Error(`a connect that the test does not understand: ${line}`);
    return [{ address: address[1] ?? address[2] ?? '', port: Number(port) }];
  });
}
