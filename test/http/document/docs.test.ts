// Swagger UI in a real browser: it renders, its example runs, and the browser has nothing to complain about.
import { createServer } from 'node:net';
import { once } from 'node:events';
import t from 'tap';
import type { CheckReply } from '../../../src/check/result.ts';
import { complaintsOf, launchBrowser, noBrowser } from '../../support/browser.ts';
import { build } from '../../support/build.ts';
import { Service } from '../../support/service.ts';

const TOKEN = 'a-token-for-the-browser';

t.setTimeout(120_000);

t.test('pages name no other host and ask for no other scheme', async (t) => {
  const { app } = await build(t);
  const page = await app.inject('/docs');
  t.equal(page.statusCode, 200);
  t.match(page.headers['content-type'], /^text\/html/);
  t.match(page.headers['content-security-policy'], /default-src 'self'/);
  t.notMatch(page.headers['content-security-policy'], /upgrade-insecure-requests|https:/);
  const setup = await app.inject('/docs/static/swagger-initializer.js');
  t.match(setup.body, /"validatorUrl":null/);
});

t.test('a reply has what all replies have, though a server of its own sends it', async (t) => {
  const { app, lifecycle } = await build(t);
  for (const [url, status] of [
    ['/docs', 200],
    ['/docs/static/swagger-ui.css', 200],
    ['/docs/nothing', 404],
  ] as const) {
    const reply = await app.inject({ url, headers: { 'x-request-id': 'mine' } });
    t.equal(reply.statusCode, status, url);
    t.match(reply.headers, { 'x-request-id': 'mine', 'x-frame-options': 'DENY' }, url);
    t.match((await app.inject(url)).headers['x-request-id'], /^[0-9a-f-]{36}$/, url);
  }
  const refused = await app.inject({ method: 'POST', url: '/docs/' });
  t.equal(refused.statusCode, 405);
  t.equal(refused.headers.allow, 'GET, HEAD');
  t.equal((await app.inject({ method: 'HEAD', url: '/docs' })).body, '');
  lifecycle.enter('draining');
  t.equal((await app.inject('/docs')).headers.connection, 'close');
});

t.test('the first who ask at once have one page between them', async (t) => {
  const { app } = await build(t);
  const asked = ['/docs', '/openapi.json', '/docs/json', '/openapi.yaml', '/docs'];
  const replies = await Promise.all(asked.map((url) => app.inject(url)));
  t.same(
    replies.map(({ statusCode }) => statusCode),
    [200, 200, 200, 200, 200],
  );
  t.same(replies[1]?.json(), replies[2]?.json());
});

t.test(
  'chromium is there',
  { skip: noBrowser !== false && process.env['CI'] !== 'true' ? noBrowser : false },
  async (t) => {
    t.equal(noBrowser, false);
    return Promise.resolve();
  },
);

t.test('"Execute" on POST /check returns 200', { skip: noBrowser }, async (t) => {
  const port = await freePort();
  const { app, checker } = await build(t, { config: { port } });
  const url = await app.listen({ host: '127.0.0.1', port });
  const browser = await launchBrowser(t);
  const page = await browser.newPage();
  const complaints = complaintsOf(page, url);

  await page.goto(`${url}/docs`);
  await page.locator('#operations-check-check .opblock-summary-control').click();
  await page.locator('#operations-check-check button.execute').click();
  const status = page.locator('#operations-check-check .live-responses-table .response-col_status').nth(1);
  t.match(await status.textContent(), /^200/);
  t.equal(checker.asked[0]?.[0]?.target.text, `127.0.0.1:${port}`);
  t.same(complaints, []);
});

t.test(
  'beyond loopback, with a token, "Authorize" logs in, and every example runs and is let through',
  { skip: noBrowser },
  async (t) => {
    const port = await freePort();
    await new Service(t, {
      env: { HOST: '0.0.0.0', PORT: String(port), API_TOKENS: `browser:${TOKEN}` },
    }).listening();
    const url = `http://127.0.0.1:${port}`;
    const page = await (await launchBrowser(t)).newPage();
    const complaints = complaintsOf(page, url);
    await page.goto(`${url}/docs`);
    t.equal(await page.title(), 'reachd: the API');
    t.match(await page.locator('link[rel=icon]').getAttribute('href'), /icon\.svg$/);
    await page.locator('button.authorize').first().click();
    await page.locator('.auth-container input').fill(TOKEN);
    await page.locator('.auth-btn-wrapper button.authorize').click();
    await page.locator('.auth-btn-wrapper button.btn-done').click();

    const get = page.locator('#operations-check-checkByQuery');
    await get.locator('.opblock-summary-control').click();
    await get.locator('button.execute').click();
    t.match(await get.locator('.live-responses-table .response-col_status').nth(1).textContent(), /^200/);
    t.match(await get.locator('.live-responses-table .microlight').first().textContent(), /"sent": 3/);

    const post = page.locator('#operations-check-check');
    await post.locator('.opblock-summary-control').click();
    const examples = post.locator('.examples-select select').first();
    const options = await examples.locator('option').all();
    const names = await Promise.all(options.map(async (option) => (await option.getAttribute('value')) ?? ''));
    t.ok(names.length >= 5, names.join());
    for (const name of names) {
      await examples.selectOption(name);
      const reply = page.waitForResponse(`${url}/check`);
      await post.locator('button.execute').click();
      const { results } = (await (await reply).json()) as CheckReply;
      t.same(
        results.map(({ outcome }) => outcome),
        results.map(() => 'open'),
        name,
      );
    }
    t.same(complaints, []);
  },
);

t.test('it is no wider than a telephone, in light and in dark', { skip: noBrowser }, async (t) => {
  const url = await new Service(t, {}).listening();
  const browser = await launchBrowser(t);
  const grounds = new Set<string>();
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await (await browser.newContext({ colorScheme, viewport: { width: 320, height: 640 } })).newPage();
    await page.goto(`${url}/docs`);
    await page.locator('#operations-check-checkByQuery .opblock-summary-control').click();
    await page.locator('#operations-check-checkByQuery button.execute').waitFor();
    t.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), 320, colorScheme);
    grounds.add(await page.evaluate<string>("getComputedStyle(document.querySelector('.swagger-ui')).color"));
  }
  t.equal(grounds.size, 2);
});

/** A port that was free a moment ago: the document's examples have to name it before the service listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
