// What becomes of a lab when the process that made it dies, and what its absence means.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { labTest } from '../support/lab/availability.ts';
import { runCommand } from '../support/lab/run-command.ts';

const VICTIM = fileURLToPath(new URL('../support/lab/victim.ts', import.meta.url));

labTest('a test process that is killed leaves neither a namespace nor a process behind', async (t) => {
  const victim = spawn(process.execPath, [...process.execArgv, VICTIM], { stdio: ['ignore', 'ignore', 2, 'ipc'] });
  const [{ name, peers }] = (await once(victim, 'message')) as [{ name: string; peers: number[] }];
  t.ok(peers.length > 0);
  t.match(await runCommand('ip', ['netns', 'list']), name);
  victim.kill('SIGKILL');
  await once(victim, 'exit');

  const isThere = async (): Promise<boolean> => (await runCommand('ip', ['netns', 'list'])).includes(name);
  for (let i = 0; i < 60 && (await isThere()); i += 1) await sleep(100);
  t.notOk(await isThere());
  for (const pid of peers) t.notOk(isRunning(pid), `process ${pid} is gone`);
});

// A dead process that its new parent has not yet buried still has a number.
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

t.test('without a lab', async (t) => {
  const outcomeIn = async (ci: string): Promise<string> => {
    const code = `
      import { labTest } from ${JSON.stringify(new URL('../support/lab/availability.ts', import.meta.url).href)};
      labTest('needs it', (t) => { t.fail('ran'); t.end(); }, 'no such thing here');`;
    const env = { ...process.env, CI: ci, TAP: '1' };
    const args = [...process.execArgv, '--input-type=module', '--eval', code];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], env });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child, 'close');
    return output;
  };
  t.match(await outcomeIn(''), /^ok 1 - needs it # SKIP no such thing here$/m, 'a test is skipped, with the reason');
  t.match(await outcomeIn('true'), /^not ok 1 - needs it/m, 'and fails in CI');
  t.match(await outcomeIn('true'), /CI needs the packet lab: no such thing here/);
});
