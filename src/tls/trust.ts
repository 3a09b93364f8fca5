// Whom certificates are trusted from: the roots that Node carries, those of the system, and the operator's own file beside
// them. Reading them takes tens of milliseconds, so it is done once, in slices, with the first check that asks for TLS;
// the operator's file is read again when it changes.
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { parseCertificates, splitPem } from './authority-file.ts';
import type { Authorities } from './certificate.ts';

/** Where distributions keep their roots: Debian and Alpine, Fedora and RHEL, openSUSE, and OpenSSL's own default. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
/** How many certificates are parsed in one turn of the main loop. */
const SLICE = 16;
/** How often the operator's file is looked at, while there are handshakes. */
const LOOK_MS = 2000;

export interface Trusted {
  readonly context: SecureContext;
  readonly authorities: Authorities;
}

export interface TrustOptions {
  /** TLS_CA_FILE; empty for none. */
  readonly file: string;
  /** SSL_CERT_FILE is where OpenSSL would look, NODE_EXTRA_CA_CERTS where Node would. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told why a changed file is not in use, and, with null, that one is. */
  readonly tell: (failure: string | null) => void;
}

export class Trust {
  readonly #options: TrustOptions;
  /** By fingerprint: without the operator's. */
  readonly #common: ReadonlyMap<string, X509Certificate>;
  #current: Trusted;
  #stamp: string;
  #lookedAt = performance.now();

  private constructor(options: TrustOptions, common: ReadonlyMap<string, X509Certificate>) {
    this.#options = options;
    this.#common = common;
    this.#stamp = stampOf(options.file);
    this.#current = this.#make();
  }

  /** Rejects where the operator's file cannot be used. */
  static async load(options: TrustOptions): Promise<Trust> {
    const common = new Map<string, X509Certificate>();
    const pems = [...new Set([...rootCertificates, ...bundlesOf(options.env).flatMap(readBundle)])];
    for (let i = 0; i < pems.length; i += SLICE) {
      for (const pem of pems.slice(i, i + SLICE)) keep(pem, common);
      await nextTurn();
    }
    return new Trust(options, common);
  }

  /** What is trusted now. */
  current(): Trusted {
    const now = performance.now();
    if (this.#options.file !== '' && now - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = now;
      this.#look();
    }
    return this.#current;
  }

  /** A file that is not understood leaves what is trusted as it was. */
  #look(): void {
    const stamp = stampOf(this.#options.file);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    try {
      this.#current = this.#make();
      this.#options.tell(null);
    } catch (error) {
      this.#options.tell(error instanceof Error ? error.message : String(error));
    }
  }

  #make(): Trusted {
    const { file } = this.#options;
    const own = file === '' ? [] : parseCertificates(readFileSync(file, 'utf8'));
    const all = [...this.#common.values(), ...own];
    const authorities = new Map<string, X509Certificate[]>();
    for (const certificate of all) {
      const others = authorities.get(certificate.subject);
      if (others === undefined) authorities.set(certificate.subject, [certificate]);
      else others.push(certificate);
    }
    return { context: createSecureContext({ ca: all.map(String) }), authorities };
  }
}

/** SSL_CERT_FILE stands in for the system's bundle, as it does for OpenSSL. */
function bundlesOf({ SSL_CERT_FILE: given, NODE_EXTRA_CA_CERTS: extra }: TrustOptions['env']): string[] {
  const system = given ?? SYSTEM_BUNDLES.find((path) => existsSync(path));
  return [system, extra].filter((path) => path !== undefined);
}

/** What cannot be read is not trusted; an operator's own file is TLS_CA_FILE. */
function readBundle(path: string): string[] {
  try {
    return splitPem(readFileSync(path, 'utf8'));
  } catch {
    return [];
  }
}

function keep(pem: string, into: Map<string, X509Certificate>): void {
  try {
    const certificate = new X509Certificate(pem);
    into.set(certificate.fingerprint256, certificate);
  } catch {
    return; // One that OpenSSL does not read vouches for nobody.
  }
}

/** Changes when the file does. */
function stampOf(file: string): string {
  const found = file === '' ? undefined : statSync(file, { throwIfNoEntry: false });
  return found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
}
