// The bus: the one file that knows the NATS client. It is connected as long as the process lives, whatever the server says:
// after errors of authorization too, for credentials are read again at each attempt. What is said while there is no
// connection is lost, or sent after the next one: whoever speaks here asks again.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  type Msg,
  type NatsConnection,
  nkeyAuthenticator,
  type NodeConnectionOptions,
  type Subscription,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';
import type { BusMessage } from './bus-message.ts';
import type { Credentials } from './credentials.ts';
import { ServerPulse } from './server-pulse.ts';

export interface BusOptions {
  readonly servers: readonly string[];
  /** Read at each attempt to connect; null: none are given. May throw. */
  readonly credentials: () => Credentials | null;
  /** Certificates that servers are trusted by; empty: the system's. */
  readonly caFile: string;
  /** How the server's list of connections names this one. */
  readonly name: string;
  /** See inboxPrefix in subjects.ts. */
  readonly inboxPrefix: string;
  /** Told of what an operator should know: at most once a second. */
  readonly warn: (failure: string) => void;
}

type Listener = (message: BusMessage) => void;

/** A subject that is heard, over all connections. */
interface Heard {
  readonly subject: string;
  readonly listener: Listener;
  current: Subscription | null;
}

const PING_MS = 10_000;
const RETRY_MS = 1000;
/** A subject that the server's permissions forbid is tried again after so long: they may have been changed. */
const FORBIDDEN_MS = 5000;
const encoder = new TextEncoder();

export class Bus {
  readonly #options: BusOptions;
  readonly #heard = new Set<Heard>();
  readonly #watchers = new Set<(isThere: boolean) => void>();
  readonly #pulse = new ServerPulse({
    ask: () => (this.#isConnected ? (this.#connection?.flush() ?? null) : null),
    heard: () => this.#connection?.stats().inBytes ?? 0,
    tell: (isThere) => this.#say(isThere),
  });
  #connection: NatsConnection | null = null;
  #isConnected = false;
  /** As watchers know it. */
  #isThere = false;
  #isClosed = false;
  #warnedAt = -Infinity;

  /** Connects in the background, and again and again. */
  constructor(options: BusOptions) {
    this.#options = options;
    void this.#live();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Where replies may go that are for this process alone. */
  inbox(word: string): string {
    return `${this.#options.inboxPrefix}.${word}`;
  }

  /** Tells of each loss and each return of the connection, and of a server that is silent while anybody attends. */
  watch(watcher: (isThere: boolean) => void): void {
    this.#watchers.add(watcher);
  }

  /** Until the returned function is called watchers hear of a server that does not answer as of a lost connection. */
  attend(): () => void {
    return this.#pulse.attend();
  }

  /** Hears `subject` until the returned function is called. */
  hear(subject: string, listener: Listener): () => void {
    const heard: Heard = { subject, listener, current: null };
    this.#heard.add(heard);
    this.#subscribe(heard);
    return () => {
      this.#heard.delete(heard);
      if (this.#connection?.isClosed() === false) heard.current?.unsubscribe();
    };
  }

  /** Says `message`. With a `reply` the server itself answers there where nobody hears it. */
  say(subject: string, message: object | string, reply?: string): void {
    const connection = this.#connection;
    if (connection === null || connection.isClosed()) return;
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    try {
      connection.publish(subject, encoder.encode(text), reply === undefined ? {} : { reply });
    } catch (error) {
      this.#warn(error);
    }
  }

  /** What was said has left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const connection = this.#connection;
    if (connection === null || connection.isClosed()) return;
    await Promise.race([this.#isConnected ? connection.drain() : connection.close(), sleep(RETRY_MS)]);
  }

  async #live(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#connectOnce();
      } catch (error) {
        this.#warn(error);
      }
      this.#tell(false);
      await sleep(RETRY_MS * (1 + Math.random()), undefined, { ref: false });
    }
  }

  /** Resolves or rejects when this connection is over for good. */
  async #connectOnce(): Promise<void> {
    const connection = await connect(this.#clientOptions());
    this.#connection = connection;
    if (this.#isClosed) return connection.close();
    for (const heard of this.#heard) this.#subscribe(heard);
    this.#tell(true);
    void this.#watch(connection);
    const error = await connection.closed();
    this.#connection = null;
    if (error !== undefined) throw error;
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') this.#tell(false);
      else if (status.type === 'reconnect') this.#tell(true);
      else if (status.type === 'error') this.#warn(status.error);
    }
  }

  #subscribe(heard: Heard): void {
    const connection = this.#connection;
    if (connection === null || connection.isClosed()) return;
    heard.current = connection.subscribe(heard.subject, {
      callback: (error, message) => {
        if (error === null) return heard.listener(read(message));
        this.#warn(error);
        setTimeout(() => this.#heard.has(heard) && this.#subscribe(heard), FORBIDDEN_MS).unref();
      },
    });
  }

  #tell(isConnected: boolean): void {
    this.#isConnected = isConnected;
    this.#pulse.reset();
    this.#say(isConnected);
  }

  #say(isThere: boolean): void {
    if (isThere === this.#isThere) return;
    this.#isThere = isThere;
    for (const watcher of this.#watchers) watcher(isThere);
  }

  #warn(error: unknown): void {
    const now = performance.now();
    if (this.#isClosed || now - this.#warnedAt < RETRY_MS) return;
    this.#warnedAt = now;
    this.#options.warn(error instanceof Error ? error.message : String(error));
  }

  #clientOptions(): NodeConnectionOptions {
    const { servers, caFile, name, inboxPrefix } = this.#options;
    const isSecret = caFile !== '' || servers.some((server) => server.startsWith('tls://'));
    const authenticator = this.#authenticator();
    return {
      servers: [...servers],
      name,
      inboxPrefix,
      pingInterval: PING_MS,
      ...{ maxReconnectAttempts: -1, reconnectTimeWait: RETRY_MS / 2, reconnectJitter: RETRY_MS },
      // A first connect that fails is told, and made again here.
      waitOnFirstConnect: false,
      ignoreAuthErrorAbort: true,
      noAsyncTraces: true,
      ...(authenticator !== null && { authenticator }),
      ...(isSecret && { tls: caFile === '' ? {} : { caFile } }),
    };
  }

  /** Reads the credentials anew whenever the client connects: null where there are none. */
  #authenticator(): Authenticator | null {
    const { credentials } = this.#options;
    return credentials() === null ? null : (nonce) => authenticatorOf(credentials())(nonce);
  }
}

function authenticatorOf(given: Credentials | null): Authenticator {
  if (given?.kind === 'creds') return credsAuthenticator(encoder.encode(given.text));
  if (given?.kind === 'nkey') return nkeyAuthenticator(encoder.encode(given.seed));
  return given === null ? () => undefined : usernamePasswordAuthenticator(given.user, given.password);
}

function read({ subject, reply, data, headers }: Msg): BusMessage {
  const isUnheard = data.length === 0 && headers?.code === 503;
  return { subject, reply, data, isUnheard };
}
