// A check's result as people read it: the outcome first, then who said so, then the figures.
import { count, element, folded, milliseconds, table, termList } from './dom.client.js';

/** Outcomes that are this instance's own trouble, not the target's. */
const OURS = ['denied', 'failed', 'cancelled'];

/** How a result looks: as it should be, the target's trouble, or this instance's. */
export function toneOf({ ok, outcome }) {
  return ok ? 'good' : OURS.includes(outcome) ? 'ours' : 'bad';
}

/** `words`: what each outcome means. `command`: how to ask the same from a shell; null: it is told elsewhere. */
export function resultCard(result, words, command) {
  const { outcome, ok, cause } = result;
  const tone = toneOf(result);
  const expected = result.expect === undefined ? null : ok ? 'as expected' : 'not as expected';
  return element(
    'article',
    { class: `card ${tone}` },
    element('p', { class: 'quiet' }, result.name ?? result.target),
    element('p', { class: 'outcome' }, expected === null ? outcome : `${outcome}, ${expected}`),
    element('p', {}, words[outcome] ?? ''),
    cause === null ? null : element('p', { class: 'quiet' }, sentence(cause.message)),
    figures(result),
    trace(result.trace),
    result.attempts.length > 1 ? folded(`${result.attempts.length} attempts`, attempts(result.attempts)) : null,
    command === null ? null : folded('With curl', element('pre', {}, command)),
    folded('As JSON', element('pre', {}, JSON.stringify(result, null, 2))),
  );
}

/** A request that was not answered: what is wrong with it, by field. */
export function problemCard({ title, detail, errors = [] }) {
  const wrong = errors.map(({ path, message }) => element('li', {}, `${path}: ${message}`));
  return element(
    'article',
    { class: 'card ours' },
    element('p', { class: 'outcome' }, 'not asked'),
    element('p', {}, title),
    wrong.length === 0 ? element('p', {}, detail) : element('ul', {}, ...wrong),
  );
}

function figures({ latencyMs, address, dns, cause, attempts }) {
  const deciding = attempts.find((attempt) => attempt.address === address && attempt.latencyMs === latencyMs);
  const from = cause?.icmp === undefined ? null : `${cause.icmp.from} (ICMP ${cause.icmp.type}/${cause.icmp.code})`;
  return termList([
    ['Latency', milliseconds(latencyMs)],
    ['Round trip, by the kernel', milliseconds(deciding?.rttMs)],
    ['SYNs sent again', deciding === undefined || deciding.synRetransmits === 0 ? null : deciding.synRetransmits],
    ['Address', address],
    ['Said by', from],
    ['Left from', sourceOf(deciding)],
    ['Lookup', dns === null ? null : `${count(dns.addresses.length, 'address', 'addresses')} in ${dns.durationMs} ms`],
  ]);
}

/** What a firewall's log has of an attempt that is not open. */
function sourceOf(attempt) {
  if (attempt?.localPort === undefined || attempt.localPort === null) return null;
  const { localAddress: address, localPort: port } = attempt;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function attempts(list) {
  const row = ({ address, outcome, latencyMs, cause }) =>
    element(
      'tr',
      {},
      ...[address, outcome, milliseconds(latencyMs) ?? '', cause?.message ?? ''].map((text) => element('td', {}, text)),
    );
  return table(['Address', 'Outcome', 'Latency', 'Because'], list.map(row));
}

/** Where a SYN vanishes, or who answers it, for who has asked for a trace. */
function trace(found) {
  if (found === undefined || found === null) return null;
  const row = ({ ttl, address, latencyMs }) =>
    element(
      'tr',
      {},
      ...[String(ttl), address ?? 'silent', milliseconds(latencyMs) ?? ''].map((text) => element('td', {}, text)),
    );
  return element(
    'div',
    {},
    element('p', {}, found.summary),
    folded(count(found.hops.length, 'hop', 'hops'), table(['Hop', 'Address', 'Latency'], found.hops.map(row))),
  );
}

function sentence(text) {
  const first = text.slice(0, 1).toUpperCase();
  return `${first}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
