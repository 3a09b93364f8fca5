// A page of somebody else, in a real browser on reachd's own host: whatever it does with GET /check, no check runs, so that
// there is nothing to learn from what loads and how long it takes.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { launchBrowser, noBrowser } from '../support/browser.ts';
import { build, listen } from '../support/build.ts';

t.setTimeout(120_000);

/** Those that a browser has tried when the page is loaded and its link followed. */
const WAYS = ['frame', 'sandboxed', 'no-referrer', 'object', 'embed', 'image', 'script', 'style', 'got', 'link'];

/** Serves one page, wherever it is asked, and says on which port. */
async function serve(t: Test, html: string): Promise<number> {
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(html));
  t.teardown(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Each way in which a page can make its reader's browser ask; each with a target of its own. */
function attack(url: string): string {
  const ask = (way: string): string => `${url}/check?target=127.0.0.1:1&amp;target=${way}.test:443`;
  return `<!doctype html><title>attack</title>
    <iframe src="${ask('frame')}"></iframe>
    <iframe src="${ask('sandboxed')}" sandbox></iframe>
    <iframe src="${ask('no-referrer')}" referrerpolicy="no-referrer"></iframe>
    <object data="${ask('object')}"></object>
    <embed src="${ask('embed')}">
    <img src="${ask('image')}">
    <script src="${ask('script')}"></script>
    <link rel="stylesheet" href="${ask('style')}">
    <video src="${ask('video')}"></video>
    <form action="${url}/check" target="posted" method="post"><input name="targets" value="form.test:443"></form>
    <form action="${url}/check" target="got"><input name="target" value="got.test:443"></form>
    <iframe name="posted"></iframe><iframe name="got"></iframe>
    <a href="${ask('link')}">look</a>
    <script>
      for (const form of document.forms) form.submit();
      const text = (value) => value.replaceAll('&amp;', '&');
      for (const mode of ['no-cors', 'cors']) fetch(text('${ask('fetch')}'), { mode }).catch(() => undefined);
      fetch('${url}/check', { method: 'POST', mode: 'no-cors', body: '{"targets":["post.test:443"]}' }).catch(() => undefined);
      navigator.sendBeacon('${url}/check', '{"targets":["beacon.test:443"]}');
    </script>`;
}

for (const [words, host] of [
  ['of another site', 'localhost'],
  ['of another port of the same host', '127.0.0.1'],
] as const) {
  t.test(`a page ${words} learns nothing, and no check runs`, { skip: noBrowser }, async (t) => {
    const built = await build(t);
    const url = `http://127.0.0.1:${await listen(built)}`;
    const port = await serve(t, attack(url));
    const browser = await launchBrowser(t);
    const page = await browser.newPage();
    const refused = new Set<string>();
    const answered: string[] = [];
    // Seen from this side: of what a browser withholds from a page, it tells nobody the status.
    built.app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { url: path = '' } = request;
      if (!path.startsWith('/check')) return;
      const way = /target=([\w-]+)\.test/.exec(path)?.[1] ?? 'without a query';
      response.on('finish', () => {
        if (response.statusCode === 403) refused.add(way);
        else answered.push(`${way}: ${response.statusCode}`);
      });
    });
    // What a page loads is part of its load.
    await page.goto(`http://${host}:${port}/`, { waitUntil: 'load' });
    // A link that is followed: a navigation of the whole page.
    await Promise.all([page.waitForURL(`${url}/check?**`), page.click('a')]);
    t.same(answered, [], 'nothing but refusals');
    for (const way of WAYS) t.ok(refused.has(way), `${way} was tried`);
    t.same(built.checker.asked, [], 'nothing was checked');

    await page.goto(`${url}/check?target=127.0.0.1:1`);
    t.equal(built.checker.asked.length, 1, 'what its reader types is asked');
    await page.goto(`http://${host}:${port}/`);
    await Promise.all([page.waitForURL(`${url}/docs**`), page.evaluate(`location.href = '${url}/docs'`)]);
    t.match(await page.title(), /reachd/, 'a link to the documentation is followed');
  });
}
