// Elements made of text: nothing that comes from a reply is ever read as HTML.

/** `children` are elements, and text; null is left out. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A list of terms and what they are; a row whose value is null is left out. */
export function termList(rows) {
  const shown = rows.filter(([, value]) => value !== null);
  return element(
    'dl',
    {},
    ...shown.map(([term, value]) => element('div', {}, element('dt', {}, term), element('dd', {}, String(value)))),
  );
}

export function folded(title, ...children) {
  return element('details', {}, element('summary', {}, title), ...children);
}

/** Rows of cells below their titles, as wide as they have to be. */
export function table(titles, rows) {
  const head = element('tr', {}, ...titles.map((title) => element('th', { scope: 'col' }, title)));
  return element(
    'div',
    { class: 'wide', tabindex: '0', role: 'region', 'aria-label': titles.join(', ') },
    element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows)),
  );
}

export function count(number, one, many) {
  return `${number} ${number === 1 ? one : many}`;
}

export function milliseconds(value) {
  return value === null || value === undefined ? null : `${value} ms`;
}

/** "3 min", "5 h 20 min", "12 d 4 h". */
export function durationText(ms) {
  const minutes = Math.floor(ms / 60_000);
  const [hours, days] = [Math.floor(minutes / 60), Math.floor(minutes / 1440)];
  if (minutes === 0) return 'less than a minute';
  if (hours === 0) return `${minutes} min`;
  return days === 0 ? `${hours} h ${minutes % 60} min` : `${days} d ${hours % 24} h`;
}
