// Whoever does not use a part pays nothing for it: of what a start reads, and a check, nothing is the fleet's, the client's of
// its bus, nor of what makes the OpenAPI document and the page of Swagger UI.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { builtScript } from './support/built-service.ts';
import { folderOf, freePort } from './support/debian-program.ts';
import { check, Service } from './support/service.ts';

t.setTimeout(120_000);

/** The lines of open(2) of a service that has answered a check, and then `paths`. */
async function filesRead(t: Test, env: Readonly<Record<string, string>>, paths: readonly string[]): Promise<string> {
  const script = builtScript();
  const trace = join(folderOf(t, {}), 'trace.txt');
  const within = ['strace', '-D', '-f', '-e', 'trace=openat,open', '-o', trace];
  const service = new Service(t, { script, env, within });
  const url = await service.listening();
  t.match(await (await check(url, { targets: [new URL(url).host] })).json(), { ok: true });
  for (const path of paths) {
    const reply = await fetch(url + path);
    t.equal(reply.status, 200, path);
    await reply.text();
  }
  await service.end('SIGTERM');
  // The tracer is no parent of it (-D), and writes its last lines when it has ended.
  for (let i = 0; i < 500 && !readFileSync(trace, 'utf8').includes('+++ exited'); i++) await sleep(10);
  return readFileSync(trace, 'utf8');
}

/** The files of the bundle in which `word` stands. */
function filesWith(word: string): string[] {
  const service = join(dirname(builtScript()), '..', 'dist', 'service');
  return readdirSync(service).filter(
    (name) => name.endsWith('.js') && readFileSync(join(service, name), 'utf8').includes(word),
  );
}

/** What only they need, by the name of a package in its own code. */
const FLEET = filesWith('nats-core');
const DOCUMENT = [...filesWith('@fastify/swagger'), ...filesWith('node_modules/yaml/dist')];
/** Not in the bundle. */
const OUTSIDE = ['swagger-ui', 'ajv', 'fast-json-stringify', 'light-my-request'];

t.test('a start and a check load neither', async (t) => {
  t.ok(FLEET.length > 0 && DOCUMENT.length > 0, 'they are files of their own');
  const read = await filesRead(t, {}, ['/', '/livez', '/metrics']);
  t.ok(read.includes('worker.js'), 'files are seen');
  for (const name of [...FLEET, ...DOCUMENT, ...OUTSIDE]) t.notOk(read.includes(name), name);
});

t.test('with NATS_URL, and when the page is looked at, both are', async (t) => {
  // Nobody listens there: it goes on trying, and answers meanwhile.
  const env = { NATS_URL: `nats://127.0.0.1:${await freePort()}`, FLEET_ROLE: 'both' };
  const read = await filesRead(t, env, ['/docs']);
  for (const names of [FLEET, DOCUMENT, ['swagger-ui']]) {
    t.ok(
      names.some((name) => read.includes(name)),
      names.join(', '),
    );
  }
});
