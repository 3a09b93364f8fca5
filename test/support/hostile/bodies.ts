// What a caller may send who wants the main thread for himself: each as large, or as crooked, as the limit of a body lets it
// be. A body is made when it is asked for, for all of them together are hundreds of megabytes.

export interface HostileBody {
  readonly name: string;
  /** application/json unless said otherwise. */
  readonly type?: string;
  readonly query?: string;
  readonly accept?: string;
  make(): string | Buffer;
}

/** Of a body, with the default MAX_TARGETS. */
const LIMIT_BYTES = 10_300_000;
const MOST_TARGETS = 10_000;

type Make = () => string | Buffer;

/** As often as it fits, within `{"targets":[…]}` and the like. */
function fill(unit: string, room = LIMIT_BYTES - 1000): string {
  return unit.repeat(Math.floor(room / unit.length));
}

function times(count: number, make: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => make(i)).join(',');
}

const targets = (list: string, more = ''): string => `{"targets":[${list}]${more}}`;
const one = (fields: string): string => targets(`{"host":"127.0.0.1","port":1,${fields}}`);
/** Of `count` elements without the comma at the end. */
const elements = (unit: string): string => fill(`${unit},`).slice(0, -1);

/** Bodies whose targets are all in order: as many as may be, and nothing that could be refused before it is read. */
const MAXIMAL: Readonly<Record<string, Make>> = {
  'as many targets as may be': () =>
    targets(
      times(MOST_TARGETS, (i) => `"127.0.0.1:${1 + i}"`),
      ',"timeoutMs":100',
    ),
  'as many of IPv6': () =>
    targets(
      times(MOST_TARGETS, (i) => `"[::1]:${1 + i}"`),
      ',"timeoutMs":100',
    ),
  'as many objects with every option': () =>
    targets(
      times(
        MOST_TARGETS,
        (i) =>
          `{"host":"127.0.0.1","port":${1 + i},"name":"${'n'.repeat(200)}","timeoutMs":100,"handshake":"half",` +
          `"family":"ipv4","addresses":"all","expect":["open","refused","timeout"],"count":1,"intervalMs":0,` +
          `"sourceAddress":"127.0.0.1"}`,
      ),
    ),
  'as many that are denied': () => targets(times(MOST_TARGETS, (i) => `"169.254.169.254:${1 + i}"`)),
  'as many rounds as may be': () =>
    targets(
      times(1000, (i) => `"127.0.0.1:${1 + i}"`),
      ',"count":10,"intervalMs":0',
    ),
};

/** JSON that is understood and refused, at its end if need be. */
const WRONG: Readonly<Record<string, Make>> = {
  'a million unknown keys': () => `{${times(800_000, (i) => `"k${i}":0`)}}`,
  'a million unknown keys of a target': () => one(times(800_000, (i) => `"k${i}":0`)),
  'a million keys that are indices': () => `{${times(800_000, (i) => `"${i}":0`)}}`,
  'a million indices far apart': () => `{${times(650_000, (i) => `"${4_000_000_000 - i * 5000}":0`)}}`,
  'one unknown key in each target': () =>
    targets(times(MOST_TARGETS, (i) => `{"host":"127.0.0.1","port":1,"k${i}":0}`)),
  'fifty unknown keys in each target': () =>
    targets(times(MOST_TARGETS, () => `{"host":"127.0.0.1","port":1,${times(50, (i) => `"k${i}":0`)}}`)),
  'a key twice, at the end': () => `{${times(700_000, (i) => `"k${i}":0`)},"k0":1}`,
  'a key twice, a million times': () => `{${elements('"targets":[]')}}`,
  'a key twice, spelled with escapes': () => `{${times(400_000, (i) => `"\\u006b${i}":0`)},"k7":1}`,
  'keys of ten kilobytes': () => `{${times(1000, (i) => `"${'k'.repeat(10_000)}${i}":0`)}}`,
  'one key of ten megabytes': () => `{"${fill('k')}":0}`,
  '"__proto__" a million times': () => `{${elements('"__proto__":0')}}`,
  'empty objects for targets': () => targets(elements('{}')),
  'empty arrays for targets': () => targets(elements('[]')),
  'empty strings for targets': () => targets(elements('""')),
  'digits for targets': () => targets(elements('1')),
  'nulls for targets': () => targets(elements('null')),
  'more targets than may be': () => targets(elements('"127.0.0.1:1"')),
  'as many targets without a port': () => targets(times(MOST_TARGETS, (i) => `"host-${i}"`)),
  'as many targets of the longest name': () =>
    targets(times(MOST_TARGETS, (i) => `"${`${'n'.repeat(60)}.`.repeat(4)}${i}:0"`)),
  'as many targets of 900 characters': () => targets(times(MOST_TARGETS, () => `"${'a.'.repeat(450)}:1"`)),
  'objects with every field wrong': () =>
    targets(
      times(
        MOST_TARGETS,
        () =>
          '{"host":1,"port":"1","name":1,"timeoutMs":"1","handshake":1,"family":1,"addresses":1,"expect":1,"count":0.5,' +
          '"intervalMs":-1,"sourceAddress":"x","sourceInterface":""}',
      ),
    ),
  'one target of ten megabytes': () => targets(`"${fill('a')}:1"`),
  'one host of dots': () => one(`"host":"${fill('.')}"`).replace('"host":"127.0.0.1",', ''),
  'one name of ten megabytes': () => one(`"name":"${fill('n')}"`),
  'a source address of ten megabytes': () => one(`"sourceAddress":"${fill(':')}"`),
  'an interface of ten megabytes': () => one(`"sourceInterface":"${fill('e')}"`),
  'a million expectations': () => targets('"127.0.0.1:1"', `,"expect":[${elements('"open"')}]`),
  'a million different expectations': () => targets('"127.0.0.1:1"', `,"expect":[${times(700_000, (i) => `"e${i}"`)}]`),
  'an array of a million objects': () => `[${elements('{"a":0}')}]`,
  'objects as deep as may be': () => targets(elements(`${'{"a":'.repeat(28)}0${'}'.repeat(28)}`)),
  'arrays as deep as may be': () => targets(elements('['.repeat(28) + ']'.repeat(28))),
  'a number of ten megabytes': () => targets('"127.0.0.1:1"', `,"count":${fill('9')}`),
  'a fraction of ten megabytes': () => targets('"127.0.0.1:1"', `,"count":0.${fill('3')}`),
};

/** No JSON at all, or not to its end. */
const BROKEN: Readonly<Record<string, Make>> = {
  brackets: () => fill('['),
  'objects within objects': () => fill('{"a":'),
  commas: () => `{"targets":[${fill(',')}`,
  'commas outside': () => fill(','),
  spaces: () => `${fill(' ')}{}`,
  'spaces, then nothing': () => fill(' '),
  'newlines between the tokens': () => `{${fill('\n')}"targets":[]}`,
  'a string without end': () => `{"targets":["${fill('a')}`,
  'a string of backslashes': () => `{"${fill('\\\\')}":0}`,
  'backslashes and quotes': () => `{"targets":["${fill('\\"')}"]}`,
  quotes: () => fill('"'),
  'a string of escapes': () => `{"targets":["${fill('\\u0061')}"]}`,
  'half a surrogate, often': () => `{"targets":["${fill('\\ud800')}"]}`,
  'a mistake at the end': () => `${targets(elements('"127.0.0.1:1"'))}x`,
  'a mistake at the end of a short body': () => `${targets(times(9000, () => '"127.0.0.1:1"'))}x`,
  'bytes that are no text': () => Buffer.alloc(LIMIT_BYTES, 0xff),
  zeros: () => Buffer.alloc(LIMIT_BYTES),
  'a byte more than may be': () => Buffer.alloc(LIMIT_BYTES + 100_000, 0x20),
};

/** Lines of targets. They are answered one by one, so that there are fewer of them. */
const LINES: Readonly<Record<string, Omit<HostileBody, 'name'>>> = {
  'lines without anything': { type: 'text/plain', make: () => fill('\n') },
  'a line of ten megabytes': { type: 'text/plain', make: () => fill('a') },
  'lines that are no target': { type: 'text/plain', make: () => 'x\n'.repeat(30_000) },
  'lines of empty objects': { type: 'application/x-ndjson', make: () => '{}\n'.repeat(20_000) },
  'lines of brackets': { type: 'application/x-ndjson', make: () => `${'['.repeat(2000)}\n`.repeat(2000) },
  'lines of unknown keys': {
    type: 'application/x-ndjson',
    make: () => `{${times(100, (i) => `"k${i}":0`)}}\n`.repeat(3000),
  },
  'lines of the highest count': {
    type: 'text/plain',
    query: '?count=100&intervalMs=0',
    make: () => '127.0.0.1:1\n'.repeat(200),
  },
};

function ofJson(makes: Readonly<Record<string, Make>>): HostileBody[] {
  return Object.entries(makes).map(([name, make]) => ({ name, make }));
}

export const HOSTILE_BODIES: readonly HostileBody[] = [
  ...ofJson(MAXIMAL),
  { name: 'as many targets, answered in lines', accept: 'application/x-ndjson', make: () => targets(elementsOf10k()) },
  ...ofJson(WRONG),
  ...ofJson(BROKEN),
  ...Object.entries(LINES).map(([name, body]) => ({ name, ...body })),
];

function elementsOf10k(): string {
  return times(MOST_TARGETS, (i) => `"127.0.0.1:${1 + i}"`);
}
