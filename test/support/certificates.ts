// Certificates of a test's own, made by openssl: an authority, whatever it issues, and what was issued by nobody.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

const DAY_MS = 86_400_000;

/** What a server shows: its certificate and those below it, and its key, in PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
}

export interface Wish {
  /** Subject alternative names, as openssl writes them: `DNS:localhost,IP:127.0.0.1`. */
  readonly names?: string;
  readonly subject?: string;
  /** Days from now. */
  readonly from?: number;
  readonly to?: number;
  /** Whether it may issue others. */
  readonly isAuthority?: boolean;
}

export class Authority {
  readonly #directory: string;
  readonly #name: string;
  /** Its own certificate, in a file of PEM. */
  readonly file: string;

  private constructor(directory: string, name: string) {
    this.#directory = directory;
    this.#name = name;
    this.file = join(directory, `${name}.crt`);
    writeFileSync(join(directory, `${name}.index`), '');
    writeFileSync(join(directory, `${name}.cnf`), this.#config());
  }

  /** One that issues for itself. Gone with the test. */
  static root(t: Test, name = 'root'): Authority {
    const directory = mkdtempSync(join(tmpdir(), 'reachd-tls-'));
    t.teardown(() => rmSync(directory, { recursive: true }));
    const root = new Authority(directory, name);
    makeRequest(directory, name, `/CN=Test ${name}`);
    root.#sign(name, { to: 3650, isAuthority: true }, true);
    return root;
  }

  get pem(): string {
    return readFileSync(this.file, 'utf8');
  }

  /** Another that this one vouches for. */
  authority(name: string, wish: Wish = {}): Authority {
    const below = new Authority(this.#directory, name);
    makeRequest(this.#directory, name, `/CN=Test ${name}`);
    this.#sign(name, { to: 1000, ...wish, isAuthority: true });
    return below;
  }

  /** A certificate of this authority's; for localhost and 127.0.0.1, for a hundred days, unless told otherwise. */
  issue(name: string, wish: Wish = {}): Identity {
    const { subject = `/O=Test Ltd/CN=${name}` } = wish;
    makeRequest(this.#directory, name, subject);
    this.#sign(name, { names: 'DNS:localhost,IP:127.0.0.1', ...wish });
    const certFile = join(this.#directory, `${name}.crt`);
    const key = readFileSync(join(this.#directory, `${name}.key`), 'utf8');
    return { cert: readFileSync(certFile, 'utf8'), key, certFile };
  }

  #sign(name: string, { names, from = -1, to = 100, isAuthority = false }: Wish, isItsOwn = false): void {
    const extensions = join(this.#directory, `${name}.ext`);
    const lines = [`basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}`];
    if (names !== undefined) lines.push(`subjectAltName=${names}`);
    writeFileSync(extensions, `${lines.join('\n')}\n`);
    const file = (suffix: string): string => join(this.#directory, `${name}.${suffix}`);
    const days = ['-startdate', utc(from), '-enddate', utc(to)];
    const own = isItsOwn ? ['-selfsign'] : [];
    const config = ['-config', join(this.#directory, `${this.#name}.cnf`), '-extfile', extensions];
    openssl(['ca', '-batch', '-notext', ...own, ...config, ...days, '-in', file('csr'), '-out', file('crt')]);
  }

  #config(): string {
    const path = (file: string): string => join(this.#directory, file);
    return [
      '[ca]',
      'default_ca=here',
      '[here]',
      `database=${path(`${this.#name}.index`)}`,
      `new_certs_dir=${this.#directory}`,
      `certificate=${path(`${this.#name}.crt`)}`,
      `private_key=${path(`${this.#name}.key`)}`,
      'rand_serial=yes',
      'default_md=sha256',
      'unique_subject=no',
      'policy=any',
      '[any]',
      'organizationName=optional',
      'commonName=optional',
      '',
    ].join('\n');
  }
}

/** A self-signed certificate for localhost. */
export function selfSigned(t: Test): Identity {
  const self = Authority.root(t, 'self');
  return { cert: self.pem, key: readFileSync(self.file.replace(/crt$/, 'key'), 'utf8'), certFile: self.file };
}

export function openssl(args: readonly string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function makeRequest(directory: string, name: string, subject: string): void {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    join(directory, `${name}.key`),
  ];
  openssl(['req', '-new', ...key, '-subj', subject, '-out', join(directory, `${name}.csr`)]);
}

/** `20261126185500Z`, so many days from now. */
function utc(days: number): string {
  return `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}
