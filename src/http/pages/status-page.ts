// The status page as HTML. What a check came to and how busy this instance is, its scripts ask for like every caller.
// Without scripts the form still asks, and the browser shows the reply as it comes.
import { OUTCOMES, type Outcome } from '../../check/outcome.ts';
import type { RequestLimits } from '../../contract/request-schemas.ts';
import type { InstanceReply } from '../document/reply-schemas.ts';
import type { OwnPort } from '../document/own-port.ts';
import { VERSION } from '../../process/version.ts';

export interface StatusPageParts {
  readonly own: OwnPort;
  /** Whether there may be groups: then scripts ask for them. */
  readonly groups: boolean;
  /** Whether a fleet may be asked: then scripts ask who is there. */
  readonly fleet: boolean;
  readonly takesToken: boolean;
  readonly limits: Pick<RequestLimits, 'defaultTimeoutMs' | 'maxTimeoutMs'>;
  /** null: whoever looks has to show a token first. */
  readonly instance: InstanceReply | null;
}

/** What an outcome means to people, before its cause. */
const WORDS: Readonly<Record<Outcome, string>> = {
  open: 'A connection can be opened.',
  refused: 'Nobody listens there, or a firewall says so in the target’s name.',
  rejected: 'Something on the way says no.',
  unreachable: 'There is no way there.',
  timeout: 'Nobody answers: a firewall drops the packets, or the host is down.',
  unresolved: 'The name has no address to connect to.',
  denied: 'The address policy of this instance forbids it. No packet was sent.',
  failed: 'This instance could not ask, or not to the end.',
  cancelled: 'The check was given up.',
};

/** What is told of this instance, by the path of the field in GET /instance. Scripts write them again as they change. */
const FIELDS: readonly (readonly [title: string, field: string])[] = [
  ['State', 'state'],
  ['Up for', 'uptime'],
  ['In flight', 'inFlight'],
  ['Waiting', 'queued'],
  ['Policy', 'policy'],
  ['Node', 'node'],
];

export function statusPage(parts: StatusPageParts): string {
  const { groups, fleet, takesToken, instance } = parts;
  const vantage = instance?.vantage.name ?? '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>reachd${vantage === '' ? '' : ` · ${escapeHtml(vantage)}`}</title>
<link rel="icon" href="pages/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="pages/status.css">
${fleet ? '<link rel="stylesheet" href="pages/fleet.css">' : ''}
<script type="module" src="pages/status.client.js"></script>
</head>
<body data-takes-token="${String(takesToken)}">
<header>
<span class="name"><img src="pages/icon.svg" alt="" width="24" height="24">reachd</span>
<nav aria-label="Pages"><a href="docs">API</a><a href="openapi.yaml">OpenAPI</a></nav>
</header>
<main>
<section aria-labelledby="question">
<h1 id="question">Can a connection be opened from <span data-field="vantage">${escapeHtml(vantage) || 'here'}</span>?</h1>
${form(parts)}
<div id="answer" aria-live="polite"></div>
${OUTCOMES.map((outcome) => `<template data-outcome="${outcome}">${WORDS[outcome]}</template>`).join('\n')}
</section>
${fleet ? '<section id="fleet" aria-labelledby="fleet-title" hidden><h2 id="fleet-title">Vantages</h2><div></div></section>' : ''}
${groups ? '<section id="groups" aria-labelledby="groups-title" hidden><h2 id="groups-title">Groups</h2><div></div></section>' : ''}
<section aria-labelledby="instance-title">
<h2 id="instance-title">This instance</h2>
<p id="locked"${instance === null ? '' : ' hidden'}>It tells of itself to whoever has a token.</p>
<dl id="instance"${instance === null ? ' hidden' : ''}>
${FIELDS.map(([title, field]) => `<div><dt>${title}</dt><dd data-field="${field}">${valueOf(field, instance)}</dd></div>`).join('\n')}
</dl>
</section>
</main>
<footer>reachd ${escapeHtml(VERSION)}</footer>
</body>
</html>
`;
}

function form({ own, fleet, takesToken, limits }: StatusPageParts): string {
  const token = `<p class="token"><label for="token">Token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" aria-describedby="token-note">
<small id="token-note">Kept by this tab until it is closed.</small></p>`;
  return `<form id="check" action="check" method="get">
${takesToken ? token : ''}
<p class="target"><label for="target">Target</label>
<span><input id="target" name="target" required value="${escapeHtml(own.target)}" placeholder="db.internal:5432" autocomplete="off" autocapitalize="none" spellcheck="false" inputmode="url"><button>Check</button></span></p>
${fleet ? FROM : ''}
<details><summary>Options</summary>
<div class="options">
${choice('handshake', 'Handshake', { half: 'half-open', full: 'full' })}
${choice('expect', 'Expected', { open: 'open', closed: 'closed' })}
${choice('family', 'Addresses', { any: 'IPv4 and IPv6', ipv4: 'IPv4', ipv6: 'IPv6' })}
<p><label for="timeoutMs">Timeout, ms</label><input id="timeoutMs" name="timeoutMs" type="number" min="10" step="1" max="${limits.maxTimeoutMs}" value="${limits.defaultTimeoutMs}"></p>
</div>
</details>
</form>`;
}

/** Scripts let it be chosen, and know the names: without them the form asks from here. */
const FROM = `<p class="from"><label for="from">Asked from</label>
<select id="from" name="from" disabled><option value="">this instance</option><option value="*">every vantage</option></select></p>`;

function choice(name: string, title: string, values: Readonly<Record<string, string>>): string {
  const options = Object.entries(values).map(([value, text]) => `<option value="${value}">${text}</option>`);
  return `<p><label for="${name}">${title}</label><select id="${name}" name="${name}">${options.join('')}</select></p>`;
}

/** As the scripts write it. */
function valueOf(field: string, instance: InstanceReply | null): string {
  if (instance === null) return '';
  const { state, uptimeMs, attempts, policy, node } = instance;
  const values: Readonly<Record<string, string>> = {
    state,
    uptime: durationText(uptimeMs),
    inFlight: `${attempts.inFlight} of ${attempts.limit}`,
    queued: String(attempts.queued),
    policy: `${policy.preset}, ${policy.mode}`,
    node,
  };
  return escapeHtml(values[field] ?? '');
}

/** As dom.client.js has it, for who has no scripts. */
function durationText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
