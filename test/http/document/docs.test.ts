// Swagger UI in a real browser: it renders, its example runs, and the browser has nothing to complain about.
import { createServer } from 'node:net';
import { once } from 'node:events';
import t from 'tap';
import { launchBrowser, noBrowser } from '../../support/browser.ts';
import { build } from '../../support/build.ts';

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
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) complaints.push(request.url());
  });

  await page.goto(`${url}/docs`);
  await page.locator('#operations-check-check .opblock-summary-control').click();
  await page.locator('#operations-check-check button.execute').click();
  const status = page.locator('#operations-check-check .live-responses-table .response-col_status').nth(1);
  t.match(await status.textContent(), /^200/);
  t.equal(checker.asked[0]?.[0]?.target.text, `127.0.0.1:${port}`);
  t.same(complaints, []);
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
