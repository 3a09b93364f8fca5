// The status page in a real browser, on the service as it is shipped: it asks, it tells, and it talks to nobody else.
import t, { type Test } from 'tap';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { GroupReport } from '../../../src/groups/group-view.ts';
import { complaintsOf, launchBrowser, noBrowser } from '../../support/browser.ts';
import { configFile } from '../../support/group-service.ts';
import { ask as request } from '../../support/http-client.ts';
import { closedPort, openPort } from '../../support/raw-sockets.ts';
import { Service } from '../../support/service.ts';

t.setTimeout(180_000);

const TOKEN = 'a-token-for-the-browser';
const skip = noBrowser;

/** The page of a service of its own. */
async function open(t: Test, env: Record<string, string> = {}, options: BrowserContextOptions = {}) {
  const port = new URL(await new Service(t, { env }).listening()).port;
  const url = `http://127.0.0.1:${port}`;
  const context = await (await launchBrowser(t)).newContext(options);
  const page = await context.newPage();
  const complaints = complaintsOf(page, url);
  await page.goto(`${url}/`);
  return { page, url, own: `127.0.0.1:${port}`, complaints };
}

async function ask(page: Page, target: string): Promise<string> {
  await page.getByLabel('Target').fill(target);
  await page.getByRole('button', { name: 'Check' }).click();
  await page.locator('#answer:not([aria-busy]) .outcome').waitFor();
  return (await page.locator('#answer .outcome').textContent()) ?? '';
}

t.test('it says what this instance is, and checks its own port unless told otherwise', { skip }, async (t) => {
  const { page, own, complaints } = await open(t, { VANTAGE: 'node-a', MAX_IN_FLIGHT: '77' });
  t.match(await page.title(), 'reachd · node-a');
  t.match(await page.getByRole('heading', { level: 1 }).textContent(), /from node-a\?/);
  t.match(await page.locator('#instance').innerText(), /serving[^]*of 77[^]*cluster, enforce/);
  t.equal(await page.getByLabel('Target').inputValue(), own);
  t.equal(await page.getByLabel('Token').count(), 0, 'nobody is asked for a token that nobody needs');
  t.equal(await ask(page, own), 'open');
  t.same(complaints, []);
});

t.test('the answer says who said no, and a mistake by its field', { skip }, async (t) => {
  const { page, own, complaints } = await open(t);
  t.equal(await ask(page, 'localhost:1'), 'refused');
  const told = await page.locator('#answer').innerText();
  t.match(told, /Nobody listens there[^]*RST from the target's address[^]*Left from\s+127\.0\.0\.1:\d+[^]*Lookup/);
  t.match(await page.locator('#answer pre').first().textContent(), /^curl -s http.*'\{"targets":\["localhost:1"\]\}'$/);

  await page.getByText('Options').click();
  await page.getByLabel('Expected').selectOption('closed');
  t.equal(await ask(page, own), 'open, not as expected');
  t.match(await page.locator('#answer').innerText(), /Expected closed, is open/);
  t.equal(await ask(page, '127.0.0.1:1'), 'refused, as expected');
  t.same(complaints, []);

  t.equal(await ask(page, '127.1:80'), 'not asked');
  t.match(await page.locator('#answer').innerText(), /targets\[0\]: host looks like a number/);
  t.equal(await ask(page, '<img src=x onerror=alert(1)>:80'), 'not asked', 'no reply is ever HTML');
});

t.test('it works from the keyboard alone', { skip }, async (t) => {
  const { page, complaints } = await open(t);
  const focused = (): Promise<string> =>
    page.evaluate('document.activeElement.id || document.activeElement.textContent');
  const reached: string[] = [];
  for (let key = 0; key < 5; key++) {
    await page.keyboard.press('Tab');
    reached.push(await focused());
  }
  t.same(reached, ['API', 'OpenAPI', 'target', 'Check', 'Options']);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  t.equal(await focused(), 'handshake', 'options unfold');
  await page.getByLabel('Target').focus();
  t.not(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none', 'focus is seen');
  await page.keyboard.press('Enter');
  await page.locator('#answer .outcome').waitFor();
  t.equal(await focused(), 'target', 'the next target can be typed at once');
  t.equal(await page.locator('#answer').getAttribute('aria-live'), 'polite');
  t.same(complaints, []);
});

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`it is no wider than a telephone, and can be read, in ${colorScheme}`, { skip }, async (t) => {
    const { page, complaints } = await open(t, {}, { colorScheme, viewport: { width: 320, height: 640 } });
    await ask(page, '127.0.0.1:1');
    await page.getByText('Options').click();
    for (const folded of await page.locator('#answer summary').all()) await folded.click();
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
    const ground = luminance(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor'));
    t.equal(ground > 0.5, colorScheme === 'light');
    for (const words of ['.outcome', '#answer .quiet', 'footer', 'a', 'h1', 'dt', 'label']) {
      const colour = await page.evaluate<string>(`getComputedStyle(document.querySelector('${words}')).color`);
      const [darker, lighter] = [ground, luminance(colour)].sort((a, b) => a - b) as [number, number];
      t.ok((lighter + 0.05) / (darker + 0.05) >= 4.5, `${words}: WCAG's contrast of text`);
    }
    t.same(complaints, []);
  });
}

t.test('with a token it tells nothing without, and everything with', { skip }, async (t) => {
  const { page, own, complaints } = await open(t, {
    HOST: '0.0.0.0',
    VANTAGE: 'node-a',
    API_TOKENS: `browser:${TOKEN}`,
  });
  t.notMatch(await page.content(), /node-a/);
  t.ok(await page.locator('#instance').isHidden());
  await page.getByLabel('Token').fill(TOKEN);
  t.equal(await ask(page, own), 'open', 'its own port is checked, beyond loopback too');
  await page.locator('#instance').waitFor();
  t.match(await page.title(), 'reachd · node-a');
  t.match(await page.locator('#answer pre').first().textContent(), /"authorization: Bearer \$TOKEN"/);
  t.notMatch(await page.locator('#answer').innerHTML(), TOKEN);
  await page.reload();
  t.equal(await page.getByLabel('Token').inputValue(), TOKEN, 'the tab keeps it');
  t.same(complaints, []);

  await page.getByLabel('Token').fill('a-token-of-nobody');
  t.equal(await ask(page, own), 'not asked');
  t.match(await page.locator('#answer').innerText(), /The token is not valid here/);
});

t.test('without scripts the form asks all the same', { skip }, async (t) => {
  const { page, url } = await open(t, {}, { javaScriptEnabled: false });
  t.match(await page.locator('#instance').innerText(), /serving/);
  await page.getByRole('button', { name: 'Check' }).click();
  await page.waitForURL(`${url}/check?**`);
  t.match(await page.content(), /"outcome":"open"/);
});

t.test('groups show their verdicts, what is bad, and their last rounds', { skip }, async (t) => {
  const [answers, silent] = [openPort(t).port, closedPort(t).port];
  const fast = { intervalMs: 100, rise: 1, fall: 1, timeoutMs: 5000, staleAfterMs: 60_000 };
  const { path } = configFile(t, {
    groups: [
      { ...fast, name: 'checkout', targets: [`127.0.0.1:${answers}`] },
      { ...fast, name: 'search', targets: [{ host: '127.0.0.1', port: silent, name: 'cache' }] },
    ],
  });
  const { page, url, complaints } = await open(t, { CONFIG_FILE: path });
  const [checkout, search] = ['checkout', 'search'].map((name) => page.locator('#groups .card', { hasText: name }));
  await checkout?.filter({ hasText: /up\s*since/ }).waitFor();
  await search?.filter({ hasText: /down\s*since[^]*cache: refused, RST/ }).waitFor();
  t.match(await checkout?.locator('.spark').getAttribute('aria-label'), /^[1-9]\d* of the last [1-9]\d* rounds ok$/);
  t.match(await search?.locator('.spark').getAttribute('aria-label'), /^0 of the last [1-9]\d* rounds ok$/);
  t.equal(await search?.locator('.spark .good').count(), 0);

  const { groups } = JSON.parse((await request(`${url}/groups`)).text) as { groups: readonly GroupReport[] };
  const untold = { at: '2026-11-22T17:00:00.000Z', ok: null, latencyMs: null };
  const stale = groups.map((group) => ({ ...group, stale: true, rounds: [...group.rounds.slice(-1), untold] }));
  await page.route(`${url}/groups`, (route) => route.fulfill({ json: { groups: stale } }));
  await search?.filter({ hasText: 'down, stale' }).waitFor();
  t.equal(await search?.locator('.spark .ours').count(), 1, 'a round that told nothing is neither good nor bad');
  t.same(complaints, []);
});

t.test('a trace shows its hops', { skip }, async (t) => {
  const { page, url, complaints } = await open(t);
  const trace = {
    summary: 'SYNs are answered up to 10.2.0.2 (hop 2); nothing beyond answers',
    hops: [
      { ttl: 1, address: '10.1.0.1', latencyMs: 0.2 },
      { ttl: 2, address: null, latencyMs: null },
    ],
  };
  const result = { target: 'a:1', ok: false, outcome: 'timeout', latencyMs: 3000, address: '10.3.0.7', dns: null };
  const cause = { layer: 'tcp', code: 'ETIMEDOUT', message: 'nothing came back' };
  const results = [{ ...result, cause, attempts: [], trace }];
  await page.route(`${url}/check`, (route) => route.fulfill({ json: { results } }));
  await ask(page, 'a:1');
  await page.getByText('2 hops').click();
  t.match(await page.locator('#answer').innerText(), /nothing beyond answers[^]*10\.1\.0\.1[^]*silent/);
  t.same(complaints, []);
});

/** Of `rgb(r, g, b)`, as WCAG 2 has it. */
function luminance(colour: string): number {
  const channels = [...colour.matchAll(/\d+/g)].map(([digits]) => Number(digits) / 255);
  const [red = 0, green = 0, blue = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
