// The built image, running. Not part of `npm test`: `.ci/image` builds the image, unpacks it and starts this, with the
// directory in IMAGE_ROOT and the configuration in IMAGE_JSON.
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { confinements } from '../support/hostile/confinement.ts';
import { Container, type Image, type ImageConfig } from './container.ts';

const START_LIMIT_MS = 20_000;
const DRAIN_DELAY_MS = 300;
const LISTENING_PORT = 9000;
const CLOSED_PORT = 9;
const BATCH = 10_000;
const STREAM = 1_000_000;
// From all addresses one's own loopback is no target by default, but here it is the only one there is.
const ENV = { AUTH: 'none', ALLOW_CIDRS: '127.0.0.0/8,::1/128', DRAIN_DELAY_MS: String(DRAIN_DELAY_MS) };

const image = readImage();

t.test('the image holds what production needs and nothing else', (t) => {
  const devDependencies = Object.keys(readPackage().devDependencies);
  t.ok(devDependencies.includes('typescript'), 'there are development dependencies to look for');
  t.strictSame(devDependencies.filter(isInstalled), [], 'no development dependency is installed');
  t.strictSame(
    ['src', 'test', 'bench', 'dist/src', 'dist/test', 'dist/bench'].filter(isInApp),
    [],
    'no source, test or bench',
  );
  t.ok(isInstalled('koffi'), 'the dependencies are installed');
  const installers = ['npm', 'npx', 'corepack', 'yarn'].map((name) => `usr/local/bin/${name}`);
  t.strictSame([...installers, 'usr/local/lib/node_modules'].filter(isInImage), [], 'nothing that installs packages');
  t.end();
});

t.test('the image is set up for a cluster', (t) => {
  const { config } = image;
  t.match(config.User, /^[1-9]\d*:[1-9]\d*$/, 'the user is a number and not root');
  t.equal(config.Entrypoint[0], 'node', 'node is started without a shell');
  const expected = ['HOST=0.0.0.0', 'NODE_ENV=production', 'UV_THREADPOOL_SIZE=80'];
  for (const variable of expected) t.ok(config.Env.includes(variable), variable);
  t.end();
});

t.test('reachd answers from a read-only root, without root and without capabilities', async (t) => {
  const container = await start(t);
  const [uid = '', gid = ''] = image.config.User.split(':');

  const status = container.read('status');
  t.match(status, new RegExp(`^Uid:\t${uid}\t${uid}\t${uid}\t${uid}$`, 'm'), 'its user is the one of the image');
  t.match(status, new RegExp(`^Gid:\t${gid}\t${gid}\t${gid}\t${gid}$`, 'm'), 'its group is the one of the image');
  t.match(status, /^CapEff:\t0+$/m, 'it has no capability');
  t.match(status, /^NSpid:\t\d+\t1$/m, 'it is PID 1');
  t.match(container.read('mountinfo'), / \/ ro,/, 'its root is mounted read-only');
  t.match(container.read('environ'), /(^|\0)UV_THREADPOOL_SIZE=80\0/, 'its thread pool is sized');

  t.match(await fetchInside(container, '/livez'), { status: 200 }, 'GET /livez');
  const targets = [`127.0.0.1:${LISTENING_PORT}`, `127.0.0.1:${CLOSED_PORT}`];
  const results = [{ outcome: 'open' }, { outcome: 'refused' }];
  t.match(await fetchInside(container, '/check', { targets }), { status: 200, body: { results } }, 'POST /check');
});

t.test('the command that it carries gives a newcomer an open and a refused', async (t) => {
  const container = await start(t);
  const check = ['node', '/app/bin/reachd.cjs', 'check', '127.0.0.1:8080', `127.0.0.1:${CLOSED_PORT}`];
  const { code, stdout } = await container.run(check);
  t.match(stdout, /^127\.0\.0\.1:8080 +open /m);
  t.match(stdout, /^127\.0\.0\.1:9 +refused /m);
  t.equal(code, 1, 'not all of them are ok');
});

t.test(
  'the memory that deploy/ gives it is enough for a batch of ten thousand and a stream of a million',
  async (t) => {
    const [confinement] = confinements();
    if (confinement === undefined) throw new Error('there is always one way');
    const { name, within, nodeArgv } = confinement;
    t.comment(`in ${name}`);
    t.teardown(() => confinement.remove());
    const container = await start(t, { NODE_OPTIONS: nodeArgv.join(' ') }, within);
    const refused = { notOk: BATCH, outcomes: { refused: BATCH } };
    const targets = Array.from({ length: BATCH }, () => `[::1]:${CLOSED_PORT}`); // Short enough for one argument.
    t.match(await fetchInside(container, '/check', { targets, results: 'failed' }), {
      status: 200,
      body: { summary: refused },
    });
    const lines = await streamInside(container);
    t.match(lines, { count: STREAM + 1, last: { summary: { total: STREAM, outcomes: { refused: STREAM } } } });
    t.equal((await container.run(image.config.Healthcheck.Test.slice(1))).code, 0, 'it lives');
    t.equal(confinement.killed(), 0);
    t.comment(/VmHWM.*/.exec(container.read('status'))?.[0]);
    await container.stop('SIGTERM', 10_000);
  },
);

t.test('the health check tells a live process from a dead one', async (t) => {
  const container = await start(t);
  const [kind, ...command] = image.config.Healthcheck.Test;
  t.equal(kind, 'CMD', 'it needs no shell');
  t.equal((await container.run(command)).code, 0, 'it passes where reachd answers');
  t.equal((await container.run(command, { PORT: String(CLOSED_PORT) })).code, 1, 'it fails where nothing answers');
});

t.test('the health check follows PORT', async (t) => {
  const container = await start(t, { PORT: '9090' });
  t.equal((await container.run(image.config.Healthcheck.Test.slice(1))).code, 0);
});

t.test('SIGTERM ends PID 1 in order and in time', async (t) => {
  const container = await start(t);
  const since = performance.now();
  const { code, stderr } = await container.stop('SIGTERM', 10_000);
  const tookMs = performance.now() - since;
  t.equal(code, 0, 'the exit code is 0');
  t.equal(stderr, '', 'nothing is complained about');
  t.ok(tookMs >= DRAIN_DELAY_MS, 'the drain delay is kept');
  t.ok(tookMs < DRAIN_DELAY_MS + 2000, 'and little more', { tookMs });
});

t.test('a bad setting stops the container with a line that names it', async (t) => {
  const container = new Container(image, { ...ENV, PORT: 'http' });
  t.teardown(() => container.kill());
  const { code, stderr } = await container.end();
  t.equal(code, 2);
  t.match(stderr, /PORT/);
});

async function start(
  t: Test,
  env: Readonly<Record<string, string>> = {},
  within: readonly string[] = [],
): Promise<Container> {
  const container = new Container(image, { ...ENV, ...env }, within);
  t.teardown(async () => {
    container.kill();
    await container.end();
  });
  const since = performance.now();
  for (;;) {
    if (await isLive(container)) return container;
    if (performance.now() - since > START_LIMIT_MS) break;
    await sleep(50);
  }
  container.kill();
  const { stdout, stderr } = await container.end();
  throw new Error(`the container did not come up\n${stdout}${stderr}`);
}

/** By the health check itself, which is proved to fail where nothing answers. */
async function isLive(container: Container): Promise<boolean> {
  if (container.pid === null) return false;
  return (await container.run(image.config.Healthcheck.Test.slice(1)).catch(() => null))?.code === 0;
}

/** Asks from inside, with the image's own node: nothing outside reaches the container's network. */
async function fetchInside(container: Container, path: string, body?: unknown): Promise<unknown> {
  const script = `
    import { createServer } from 'node:net';
    const [url, body] = process.argv.slice(1);
    createServer().listen(${LISTENING_PORT}, '127.0.0.1');
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(url, body === '' ? {} : { method: 'POST', headers, body });
    process.stdout.write(JSON.stringify({ status: reply.status, body: await reply.json() }), () => process.exit());
  `;
  const args = [`http://127.0.0.1:8080${path}`, body === undefined ? '' : JSON.stringify(body)];
  const { stdout, stderr } = await container.run(['node', '--input-type=module', '--eval', script, ...args]);
  return stdout === '' ? stderr : (JSON.parse(stdout) as unknown);
}

/** Asks for STREAM targets, line by line, and counts the lines that come back while they are sent. */
async function streamInside(container: Container): Promise<unknown> {
  const script = `
    import { once } from 'node:events';
    import { request } from 'node:http';
    const headers = { 'content-type': 'text/plain' };
    const sent = request({ host: '127.0.0.1', port: 8080, path: '/check', method: 'POST', headers });
    const received = once(sent, 'response').then(async ([reply]) => {
      let [count, last, rest] = [0, '', ''];
      for await (const chunk of reply.setEncoding('utf8')) {
        const lines = (rest + chunk).split('\\n');
        rest = lines.pop();
        count += lines.length;
        last = lines.at(-1) ?? last;
      }
      return { count, last: JSON.parse(last) };
    });
    const thousand = '127.0.0.1:${CLOSED_PORT}\\n'.repeat(1000);
    for (let i = 0; i < ${STREAM}; i += 1000) if (!sent.write(thousand)) await once(sent, 'drain');
    sent.end();
    console.log(JSON.stringify(await received));
  `;
  const { stdout, stderr } = await container.run(['node', '--input-type=module', '--eval', script]);
  return stdout === '' ? stderr : (JSON.parse(stdout) as unknown);
}

function readImage(): Image {
  const { IMAGE_ROOT: root, IMAGE_JSON: json } = process.env;
  if (root === undefined || json === undefined) throw new Error('there is no image here: run .ci/image');
  const { Docker } = JSON.parse(readFileSync(json, 'utf8')) as { Docker: { config: ImageConfig } };
  return { root, config: Docker.config };
}

function isInImage(path: string): boolean {
  return existsSync(`${image.root}/${path}`);
}

function isInApp(path: string): boolean {
  return existsSync(`${image.root}${image.config.WorkingDir}/${path}`);
}

function isInstalled(name: string): boolean {
  return isInApp(`node_modules/${name}`);
}

function readPackage(): { devDependencies: object } {
  const path = `${image.root}${image.config.WorkingDir}/package.json`;
  return JSON.parse(readFileSync(path, 'utf8')) as { devDependencies: object };
}
