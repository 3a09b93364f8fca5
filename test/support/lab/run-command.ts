// Runs one command of the system to its end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Resolves to what the command printed; an exit code other than 0 rejects with what it complained about. */
export async function runCommand(command: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  // A command that fails before it has read its input closes the pipe; its exit code tells more than EPIPE.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [[code], output, complaint] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${complaint.trim() || `exit code ${code ?? '?'}`}\n${input}`);
  return output;
}
