// What a fleet answered: a table of vantages and targets, and under it the result that was chosen. And who is in the fleet.
import { count, element, folded, milliseconds, table } from './dom.client.js';
import { resultCard, toneOf } from './result.client.js';

/** Names that a list to choose from has; a fleet may have a thousand. */
const MAX_NAMES = 50;

/** `words`: what each outcome means. `command`: how to ask the same from a shell. */
export function matrixCard({ results, summary, vantages }, words, command) {
  const chosen = element('div', { 'aria-live': 'polite' });
  const targets = [...new Set(results.map(({ target }) => target))];
  const cell = (result) => element('td', {}, result === undefined ? '' : choice(result, chosen, words));
  const row = ({ name }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      ...targets.map((target) => cell(results.find((result) => result.vantage === name && result.target === target))),
    );
  const tone = summary.notOk === 0 ? 'good' : results.every((result) => toneOf(result) !== 'bad') ? 'ours' : 'bad';
  return element(
    'article',
    { class: `card ${tone}` },
    element('p', { class: 'quiet' }, `from ${count(vantages.length, 'vantage', 'vantages')}`),
    element('p', { class: 'outcome' }, `${summary.ok} of ${summary.total} ok`),
    table(['Vantage', ...targets], vantages.map(row)),
    chosen,
    folded('With curl', element('pre', {}, command)),
  );
}

/** A result as a button that shows all of it. */
function choice(result, chosen, words) {
  const { outcome, latencyMs, cause } = result;
  const more = result.ok ? milliseconds(latencyMs) : cause?.layer === 'fleet' ? cause.code : null;
  const button = element(
    'button',
    { type: 'button', class: `cell ${toneOf(result)}`, 'aria-pressed': 'false' },
    more === null ? outcome : `${outcome}, ${more}`,
  );
  button.addEventListener('click', () => {
    for (const other of button.closest('table').querySelectorAll('button')) other.setAttribute('aria-pressed', 'false');
    button.setAttribute('aria-pressed', 'true');
    chosen.replaceChildren(
      resultCard({ ...result, name: `${result.name ?? result.target} from ${result.vantage}` }, words, null),
    );
  });
  return button;
}

/** Who is in the fleet, as a section shows it. */
export function vantageTable({ bus, vantages }) {
  if (!bus.connected) return [element('p', {}, 'The bus is not there: only this instance can be asked.')];
  if (vantages.length === 0) return [element('p', {}, 'Nobody is here.')];
  const row = ({ name, labels, state, instances }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      ...[textOf(labels), state, String(instances.length)].map((text) => element('td', {}, text)),
    );
  return [table(['Vantage', 'Labels', 'State', 'Instances'], vantages.map(row))];
}

/** The vantages as choices of `select`, beside those that it has anyway. What was chosen stays chosen. */
export function offerVantages(select, vantages) {
  const names = vantages.slice(0, MAX_NAMES).map(({ name }) => name);
  const before = select.value;
  const isKnown = before === '' || before === '*' || names.includes(before);
  const offered = isKnown ? names : [...names, before];
  const is = [...select.options].slice(2).map(({ value }) => value);
  if (is.join() !== offered.join()) {
    for (const old of [...select.options].slice(2)) old.remove();
    select.append(...offered.map((name) => element('option', { value: name }, name)));
    select.value = before;
  }
  select.disabled = false;
}

function textOf(labels) {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}
