// Command-line flags as text: `--port 8080`, `--port=8080`, `--help`. It knows how flags are written and which exist,
// not what their values mean; config.ts judges those.

/** A start that must not happen: one line for the operator, exit code 2, never a stack. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Flags without a value that print something instead of starting the service. */
const REQUESTS = ['help', 'version', 'print-config'] as const;
export type Request = (typeof REQUESTS)[number];

export interface Flags {
  readonly requests: ReadonlySet<Request>;
  /** Flag name without its dashes → its value as written; the last one wins. */
  readonly values: ReadonlyMap<string, string>;
}

/** Throws ConfigError for a flag that is not in `names`, a flag without its value, and anything that is no flag. */
export function parseFlags(argv: readonly string[], names: readonly string[]): Flags {
  const requests = new Set<Request>();
  const values = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const { name, inline } = split(argv[i] ?? '');
    const request = REQUESTS.find((known) => known === name);
    if (request !== undefined) {
      if (inline !== null) throw new ConfigError(`--${name} takes no value`);
      requests.add(request);
    } else if (names.includes(name)) {
      values.set(name, inline ?? valueAfter(name, argv[++i]));
    } else {
      throw new ConfigError(`unknown flag --${name}${suggestion(name, names)}; --help lists them`);
    }
  }
  return { requests, values };
}

function split(word: string): { name: string; inline: string | null } {
  if (word === '-h') return { name: 'help', inline: null };
  if (!word.startsWith('--') || word === '--') {
    throw new ConfigError(`${JSON.stringify(word)} is not a flag; flags look like --port 8080, and --help lists them`);
  }
  const equals = word.indexOf('=');
  if (equals < 0) return { name: word.slice(2), inline: null };
  return { name: word.slice(2, equals), inline: word.slice(equals + 1) };
}

function valueAfter(name: string, next: string | undefined): string {
  // "--port --host" is a forgotten value, not a port called "--host"; "--port=--host" can still be said.
  if (next === undefined || next.startsWith('--')) throw new ConfigError(`--${name} takes a value and has none`);
  return next;
}

/** The nearest known flag, when there is one near enough to be a typing mistake. */
function suggestion(name: string, names: readonly string[]): string {
  const nearest = [...names, ...REQUESTS]
    .map((known) => ({ known, distance: editDistance(name, known) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return nearest !== undefined && nearest.distance <= 2 ? ` (did you mean --${nearest.known}?)` : '';
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
