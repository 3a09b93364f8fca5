// Row n: how long anybody else waits while one caller sends a body that is made to hold the main thread: the worst of the
// answers of /livez, asked without a pause, for each of the bodies of test/hostile/bodies.check.ts.
import { rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { HOSTILE_BODIES, type HostileBody } from '../../test/support/hostile/bodies.ts';
import type { Ground } from '../ground.ts';
import { requireTool, runTool } from '../program.ts';
import type { Report } from '../report.ts';
import { inTurn } from '../rounds.ts';
import { alone } from '../table.ts';
import type { Row } from './row.ts';

const MOST_MS = 50;

export const hostileRow: Row = {
  letter: 'n',
  title: `/livez beside ${HOSTILE_BODIES.length} hostile bodies`,
  async run(ground, rounds) {
    const lines = [];
    for (const body of HOSTILE_BODIES) {
      const [trial] = await inTurn(rounds, [{ name: 'reachd', run: () => sendBeside(ground, body) }]);
      lines.push(alone('n', body.name, 'worstHealthMs', trial, { atMost: MOST_MS }));
    }
    return lines;
  },
};

/** Throws MissingTool. */
async function sendBeside(ground: Ground, body: HostileBody): Promise<Report> {
  requireTool('curl');
  const { url } = await ground.reachd();
  const file = ground.file('hostile');
  writeFileSync(file, body.make());
  const accept = body.accept === undefined ? [] : ['-H', `accept: ${body.accept}`];
  const type = ['-H', `content-type: ${body.type ?? 'application/json'}`];
  // Not all of a body may be taken, so curl may complain.
  const how = ['-s', '-o', '/dev/null', '-X', 'POST', ...type, ...accept, '--data-binary', `@${file}`];
  let isOver = false;
  const sending = runTool('curl', [...how, `${url}/check${body.query ?? ''}`]).catch(() => '');
  const asking = worstOf(`${url}/livez`, () => isOver);
  await sending;
  isOver = true;
  rmSync(file);
  return { worstHealthMs: await asking };
}

/** The longest of the answers to requests one after the other, until it `isOver`. */
async function worstOf(url: string, isOver: () => boolean): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let worstMs = 0;
  while (!isOver()) {
    const begin = performance.now();
    await new Promise<void>((resolve, reject) => {
      get(url, { agent }, (reply) => reply.resume().on('end', resolve).on('error', reject)).on('error', reject);
    });
    worstMs = Math.max(worstMs, performance.now() - begin);
  }
  agent.destroy();
  return worstMs;
}
