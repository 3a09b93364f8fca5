// A fleet on the status page, in a real browser: who is here, and one question to all of them.
import t, { type Test } from 'tap';
import { BusServer, NATS_SERVER } from '../../support/bus-server.ts';
import { complaintsOf, launchBrowser, noBrowser } from '../../support/browser.ts';
import { withoutProgram } from '../../support/debian-program.ts';
import { Service } from '../../support/service.ts';

t.setTimeout(180_000);

const skip = noBrowser === false ? withoutProgram(NATS_SERVER) : noBrowser;

async function open(t: Test, colorScheme: 'light' | 'dark') {
  const NATS_URL = `nats://127.0.0.1:${(await BusServer.open(t)).port}`;
  const members = ['east', 'west'].map(
    (VANTAGE) => new Service(t, { env: { NATS_URL, VANTAGE, VANTAGE_LABELS: `side=${VANTAGE}` } }),
  );
  const [url = ''] = await Promise.all(members.map((member) => member.listening()));
  const own = url.replace('http://', '');
  const context = await (await launchBrowser(t)).newContext({ colorScheme, viewport: { width: 320, height: 640 } });
  const page = await context.newPage();
  const complaints = complaintsOf(page, url);
  await page.goto(`${url}/`);
  return { page, own, complaints };
}

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`it shows who is here, and asks them all, in ${colorScheme}`, { skip }, async (t) => {
    const { page, own, complaints } = await open(t, colorScheme);
    await page
      .locator('#fleet')
      .filter({ hasText: /eastside=easthere1westside=westhere1/ })
      .waitFor();
    await page.getByLabel('Target').fill(`${own}, localhost:1`);
    await page.getByLabel('Asked from').selectOption('every vantage');
    await page.getByRole('button', { name: 'Check' }).click();
    await page.locator('#answer .outcome').first().waitFor();
    t.equal(await page.locator('#answer .outcome').first().textContent(), '2 of 4 ok');
    t.same(await page.locator('#answer thead th').allTextContents(), ['Vantage', own, 'localhost:1']);
    const rows = await page.locator('#answer tbody tr').allTextContents();
    t.match(rows, [/^eastopen, [\d.]+ msrefused$/, /^westopen, [\d.]+ msrefused$/]);
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, 'it is no wider than a telephone');

    const cell = page.getByRole('button', { name: 'refused' }).last();
    await cell.focus();
    await page.keyboard.press('Enter');
    t.match(await page.locator('#answer .card .card').innerText(), /localhost:1 from west\s+refused[^]*RST from/);
    t.equal(await cell.getAttribute('aria-pressed'), 'true');
    t.same(complaints, []);
  });
}

t.test('one vantage is asked by its name, and the command says so', { skip }, async (t) => {
  const { page, complaints } = await open(t, 'light');
  await page.locator('#from option[value=west]').waitFor({ state: 'attached' });
  await page.getByLabel('Asked from').selectOption('west');
  await page.getByRole('button', { name: 'Check' }).click();
  await page.locator('#answer .outcome').first().waitFor();
  t.equal(await page.locator('#answer .outcome').first().textContent(), '1 of 1 ok');
  t.match(await page.locator('#answer pre').last().textContent(), /"from":\["west"\]/);
  t.same(complaints, []);
});

t.test('without a fleet there is nothing of it', { skip: noBrowser }, async (t) => {
  const url = await new Service(t, {}).listening();
  const page = await (await launchBrowser(t)).newPage();
  await page.goto(url);
  t.equal(await page.locator('#fleet, #from').count(), 0);
});
