// A process that makes a lab and waits to be killed (test/lab/lifecycle.test.ts).
import { Lab } from './lab.ts';
import { runCommand } from './run-command.ts';

const lab = await Lab.create();
const { name } = lab.namespace;
const peers = (await runCommand('ip', ['netns', 'pids', name])).trim().split('\n').map(Number);
process.send?.({ name, peers });
