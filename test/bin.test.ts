// bin/reachd, and bin/reachd.cjs on the built service: the thread pool has its size before anything starts it, on every Node.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { builtScript, NODE_FLAGS } from './support/built-service.ts';
import { check, Service } from './support/service.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'bin/reachd.cjs');
const COMMAND = join(ROOT, 'bin/reachd');

t.setTimeout(180_000);

t.test('built', async (t) => {
  const script = builtScript();

  for (const [env, poolSize] of [
    [{}, 80],
    [{ UV_THREADPOOL_SIZE: '' }, 80],
    [{ UV_THREADPOOL_SIZE: '7' }, 7],
  ] as const) {
    await t.test(`UV_THREADPOOL_SIZE ${JSON.stringify(env)} gives a pool of ${poolSize} threads`, async (t) => {
      const service = new Service(t, { script, env: { UV_THREADPOOL_SIZE: undefined, ...env } });
      const url = await service.listening();
      // A name makes getaddrinfo start the pool, which starts all its threads at once.
      const reply = await check(url, { targets: [`localhost:${new URL(url).port}`], family: 'ipv4' });
      t.match(await reply.json(), { ok: true });
      const threads = readdirSync(`/proc/${service.child.pid ?? 0}/task`).length;
      const others = threads - poolSize;
      // The main thread, V8's helpers, the reactor: a dozen, and never as many as the two sizes differ by.
      t.ok(others >= 1 && others <= 20, `${threads} threads`);
      t.equal((await service.end('SIGTERM')).code, 0);
    });
  }

  await t.test('its version is the package’s', async (t) => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const { stdout } = await new Service(t, { script, argv: ['--version'] }).ended;
    t.equal(stdout, `${version}\n`);
  });
});

t.test('the command is Node with its flags and all that was said, by whatever link it is called', (t) => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'reachd-'));
  t.teardown(() => rmSync(elsewhere, { recursive: true }));
  const link = join(elsewhere, 'reachd');
  symlinkSync(COMMAND, link);
  writeFileSync(join(elsewhere, 'node'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
  const { stdout } = spawnSync(link, ['check', 'a b'], {
    env: { PATH: `${elsewhere}:/usr/bin:/bin` },
    encoding: 'utf8',
  });
  t.ok(NODE_FLAGS.length > 0);
  const entry = JSON.stringify(['node', ...NODE_FLAGS])
    .slice(0, -1)
    .replaceAll(',', ', ');
  t.ok(readFileSync(join(ROOT, 'Dockerfile'), 'utf8').includes(`ENTRYPOINT ${entry}`), 'the image has the same');
  t.same(stdout.split('\n'), [...NODE_FLAGS, BIN, 'check', 'a b', '']);
  t.end();
});

t.test('V8 is told what is asked, and how much memory there is', (t) => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'reachd-'));
  t.teardown(() => rmSync(elsewhere, { recursive: true }));
  const preload = join(elsewhere, 'preload.cjs');
  // Flags cannot be read, and not every machine lets a test make a cgroup.
  writeFileSync(
    preload,
    `require('node:v8').setFlagsFromString = (flag) => process.stderr.write(flag + '\\n');
     process.constrainedMemory = () => Number(process.env.TEST_MEMORY);`,
  );
  const script = builtScript();
  const flagsOf = (word: string, memory: number): string[] => {
    const env = { PATH: process.env['PATH'], TEST_MEMORY: `${memory}` };
    const { stderr } = spawnSync(process.execPath, ['--require', preload, script, word, '--help'], {
      env,
      encoding: 'utf8',
    });
    return stderr.split('\n').filter((flag) => flag !== '' && flag !== '--no-parallel-scavenge');
  };
  const [asks, goesOn] = [200, 2000].map((size) => `--max-inlined-bytecode-size-cumulative=${size}`);
  const MIB = 1024 * 1024;
  t.same(flagsOf('check', 0), [asks], 'without a limit');
  t.same(flagsOf('serve', 0), [goesOn]);
  t.same(flagsOf('serve', 192 * MIB), ['--optimize-for-size', goesOn]);
  t.same(flagsOf('serve', 256 * MIB), ['--optimize-for-size', goesOn]);
  t.same(flagsOf('serve', 512 * MIB), [goesOn]);
  t.same(flagsOf('serve', 2 ** 63), [goesOn], 'version 1 has a number beyond any memory for none');
  t.end();
});

t.test('not built, it says so in one line', async (t) => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'reachd-'));
  t.teardown(() => rmSync(elsewhere, { recursive: true }));
  cpSync(BIN, join(elsewhere, 'bin/reachd.cjs'));
  const { code, stderr } = await new Service(t, { script: join(elsewhere, 'bin/reachd.cjs') }).ended;
  t.equal(code, 1);
  t.match(stderr, /^reachd: it is not built yet .*"npm run build" first\n$/);
});
