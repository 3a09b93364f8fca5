// The status page at work: it asks the API as every caller does, with the token of the field where there has to be one.
import { durationText } from './dom.client.js';
import { matrixCard, offerVantages, vantageTable } from './fleet.client.js';
import { groupCards } from './groups.client.js';
import { problemCard, resultCard } from './result.client.js';

const REFRESH_MS = 5000;
const KEPT_TOKEN = 'reachd-token';

const find = (id) => document.getElementById(id);
const [form, answer, tokenField, from] = [find('check'), find('answer'), find('token'), find('from')];
const takesToken = document.body.dataset.takesToken === 'true';
const words = Object.fromEntries(
  [...document.querySelectorAll('template[data-outcome]')].map((template) => [
    template.dataset.outcome,
    template.content.textContent,
  ]),
);

let asking = new AbortController();

if (tokenField !== null) {
  tokenField.value = sessionStorage.getItem(KEPT_TOKEN) ?? '';
  tokenField.addEventListener('change', () => {
    sessionStorage.setItem(KEPT_TOKEN, token());
    void refresh();
  });
}
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void ask();
});
document.addEventListener('visibilitychange', () => void refresh());
setInterval(() => void refresh(), REFRESH_MS);
void refresh();

function token() {
  return tokenField === null ? '' : tokenField.value.trim();
}

function headers(more = {}) {
  return token() === '' ? more : { ...more, authorization: `Bearer ${token()}` };
}

/** Asks what the form asks, and shows the answer. What was asked before is given up. */
async function ask() {
  asking.abort();
  const { signal } = (asking = new AbortController());
  const question = questionOf(new FormData(form));
  answer.setAttribute('aria-busy', 'true');
  try {
    const body = JSON.stringify(question);
    const reply = await fetch('check', {
      method: 'POST',
      headers: headers({ 'content-type': 'application/json' }),
      body,
      signal,
    });
    const said = await reply.json();
    const card =
      said.vantages === undefined
        ? (command) => resultCard(said.results[0], words, command)
        : (command) => matrixCard(said, words, command);
    const shown = reply.ok ? card(commandOf(body)) : problemCard(said);
    answer.replaceChildren(shown);
    if (reply.ok && tokenField !== null) void refresh();
  } catch (error) {
    if (signal.aborted) return;
    answer.replaceChildren(problemCard({ title: 'This instance does not answer.', detail: String(error) }));
  }
  answer.removeAttribute('aria-busy');
}

/** What is as it would be anyway is left out, so that the command is short. */
function questionOf(data) {
  const target = data.get('target').trim();
  const vantage = data.get('from') ?? '';
  const question = vantage === '' ? { targets: [target] } : { targets: target.split(/[\s,]+/), from: [vantage] };
  for (const select of form.querySelectorAll('select')) {
    if (select !== from && select.selectedIndex > 0) question[select.name] = select.value;
  }
  const { timeoutMs } = form.elements;
  if (timeoutMs.value !== timeoutMs.defaultValue) question.timeoutMs = timeoutMs.valueAsNumber;
  return question;
}

function commandOf(body) {
  const bearer = tokenField === null ? '' : ` -H "authorization: Bearer $TOKEN"`;
  const url = new URL('check', location.href).href;
  return `curl -s ${url}${bearer} -H 'content-type: application/json' -d '${body.replaceAll("'", "'\\''")}'`;
}

/** Without its token nothing is asked: a browser complains of every 401. */
async function refresh() {
  if (document.hidden || (takesToken && token() === '')) return;
  const instance = await get('instance');
  find('locked').hidden = instance !== null;
  find('instance').hidden = instance === null;
  if (instance !== null) showInstance(instance);
  if (instance === null) return;
  await fill('groups', 'groups', ({ groups }) => groupCards(groups));
  await fill('fleet', 'vantages', (report) => {
    offerVantages(from, report.vantages);
    return vantageTable(report);
  });
}

/** Shows in a section what `path` tells, where the page has that section. */
async function fill(id, path, show) {
  const section = find(id);
  const told = section === null ? null : await get(path);
  if (told === null) return;
  const shown = show(told);
  section.hidden = shown.length === 0;
  section.querySelector('div').replaceChildren(...shown);
}

/** null: it was not answered. */
async function get(path) {
  try {
    const reply = await fetch(path, { headers: headers() });
    return reply.ok ? await reply.json() : null;
  } catch {
    return null;
  }
}

function showInstance({ vantage, state, uptimeMs, attempts, policy, node }) {
  const values = {
    vantage: vantage.name,
    state,
    uptime: durationText(uptimeMs),
    inFlight: `${attempts.inFlight} of ${attempts.limit}`,
    queued: String(attempts.queued),
    policy: `${policy.preset}, ${policy.mode}`,
    node,
  };
  for (const shown of document.querySelectorAll('[data-field]')) {
    const value = values[shown.dataset.field];
    if (shown.textContent !== value) shown.textContent = value;
  }
  document.title = `reachd · ${vantage.name}`;
}
