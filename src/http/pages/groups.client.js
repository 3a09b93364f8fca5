// Groups of GET /groups: the verdict first, and the last rounds as bars, the longer the latency the higher.
import { element } from './dom.client.js';

const SVG = 'http://www.w3.org/2000/svg';
/** So many rounds are kept. */
const ROUNDS = 60;

export function groupCards(groups) {
  return groups.map((group) => {
    const tone = group.state === 'up' ? 'good' : group.state === 'down' ? 'bad' : 'ours';
    const bad = group.targets.filter(({ counts }) => counts === 'bad' || counts === 'void');
    return element(
      'article',
      { class: `card ${tone}` },
      element('p', { class: 'quiet' }, group.group),
      element('p', { class: 'outcome' }, group.stale ? `${group.state}, stale` : group.state),
      element(
        'p',
        { class: 'quiet' },
        group.checkedAt === null ? 'no round yet' : `since ${new Date(group.since).toLocaleString()}`,
      ),
      ...bad.map(({ label, result }) =>
        element('p', {}, `${label}: ${result.outcome}${result.cause === null ? '' : `, ${result.cause.message}`}`),
      ),
      sparkline(group.rounds),
    );
  });
}

function sparkline(rounds) {
  const ok = rounds.filter((round) => round.ok === true).length;
  const longest = Math.max(0.001, ...rounds.map(({ latencyMs }) => latencyMs ?? 0));
  const image = document.createElementNS(SVG, 'svg');
  set(image, {
    class: 'spark',
    viewBox: `0 0 ${ROUNDS * 4} 24`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': `${ok} of the last ${rounds.length} rounds ok`,
  });
  const start = ROUNDS - rounds.length;
  rounds.forEach((round, index) => {
    const height = round.ok === true ? Math.max(3, ((round.latencyMs ?? 0) / longest) * 24) : 24;
    const tone = round.ok === null ? 'ours' : round.ok ? 'good' : 'bad';
    const bar = document.createElementNS(SVG, 'rect');
    set(bar, { x: (start + index) * 4, y: 24 - height, width: 3, height, class: tone });
    image.append(bar);
  });
  return image;
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
}
