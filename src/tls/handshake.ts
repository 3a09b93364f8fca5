// One TLS handshake on a connection that is open already, and its orderly end: close_notify and FIN, without a byte of
// application data. It tells what was seen; what that means, verdict.ts says.
import { closeSync } from 'node:fs';
import type { X509Certificate } from 'node:crypto';
import { Socket } from 'node:net';
import { connect, type DetailedPeerCertificate, type SecureContext, type TLSSocket } from 'node:tls';
import type { Waiting } from '../check/run.ts';
import { monotonicMs } from '../clock.ts';
import type { Connection } from '../reactor/protocol.ts';

export interface HandshakeOptions {
  /** RFC 6066: a name; null where none is asked for. */
  readonly serverName: string | null;
  readonly alpn: readonly string[];
  readonly context: SecureContext;
}

/** What a handshake agreed on. */
export interface Secured {
  readonly protocol: string | null;
  readonly cipher: string | null;
  readonly alpn: string | null;
  /** OpenSSL's code for what is wrong about the chain; null when nothing is. */
  readonly verifyError: string | null;
  /** What the target sent, its own certificate first. */
  readonly sent: readonly X509Certificate[];
}

/** What the target made of it: a connection, an end that it or OpenSSL gave a reason for, or nothing in its time. */
export type TargetEnd =
  | { readonly how: 'secured'; readonly secured: Secured }
  | { readonly how: 'failed'; readonly failure: HandshakeFailure; readonly secured: Secured | null }
  | { readonly how: 'timeout' };
/** The same, or that nobody waits for it any more. */
export type HandshakeEnd = TargetEnd | { readonly how: 'cancelled' } | { readonly how: 'cut-short' };

export interface HandshakeFailure {
  /** Node's: an errno, or OpenSSL's reason. */
  readonly code: string;
  /** OpenSSL's reason in words; empty for an errno. */
  readonly reason: string;
  /** Whether the target said so itself, by an alert. */
  readonly isAlert: boolean;
  /** Whether the target ended the connection with FIN. */
  readonly isFin: boolean;
}

/** How long the target may take to answer the end, and what it may say until then. */
const FAREWELL_MS = 1000;
const FAREWELL_BYTES = 64 * 1024;
/** A chain is no longer than this; OpenSSL bounds its bytes. */
const MAX_SENT = 32;

/**
 * Shakes hands on `connection`, which it takes, until `endsAt` (monotonic milliseconds) at the latest, or until the caller
 * leaves or its deadline passes. Throws where the descriptor cannot be used.
 */
export function shakeHands(
  connection: Connection,
  options: HandshakeOptions,
  endsAt: number,
  { cancellation, deadline }: Pick<Waiting, 'cancellation' | 'deadline'>,
): Promise<HandshakeEnd> {
  const socket = openTls(connection, options);
  return new Promise((resolve) => {
    let secured: Secured | null = null;
    let hasEnded = false;
    const end = (ended: HandshakeEnd): void => {
      if (hasEnded) return;
      hasEnded = true;
      clearTimeout(timer);
      cancellation.delete(onCancel);
      deadline.passed.delete(onDeadline);
      if (ended.how === 'secured') takeLeave(socket);
      else socket.destroy();
      resolve(ended);
    };
    const fail = (failure: HandshakeFailure): void => {
      // After the handshake the target may still reject the client, by an alert (RFC 8446, 4.4.2.4). Nothing else counts.
      if (secured === null || failure.isAlert) end({ how: 'failed', failure, secured });
      else end({ how: 'secured', secured });
    };
    const accept = (): void => (secured === null ? fail(FIN) : end({ how: 'secured', secured }));
    // Timers come before I/O: an answer that is here already gets its turn first.
    const expire = (): void => (secured === null ? end({ how: 'timeout' }) : accept());
    const timer = setTimeout(() => setImmediate(expire), Math.max(0, endsAt - monotonicMs()));
    const onCancel = { cancel: () => end({ how: 'cancelled' }) };
    const onDeadline = { cancel: () => end({ how: monotonicMs() >= endsAt ? 'timeout' : 'cut-short' }) };
    cancellation.add(onCancel);
    deadline.passed.add(onDeadline);

    socket.on('error', (error: Error) => fail(failureOf(error)));
    socket.once('close', accept);
    socket.once('secureConnect', () => {
      secured = readSecured(socket);
      if (!mayStillReject(socket, secured)) return accept();
      socket.once('session', accept);
      takeLeave(socket); // The target's answer to the end tells, where it sends no ticket.
    });
  });
}

/** Whatever else fails, the descriptor is closed, and `connection` over then. */
function openTls(connection: Connection, { serverName, alpn, context }: HandshakeOptions): TLSSocket {
  const fd = connection.take();
  let raw: Socket;
  try {
    raw = new Socket({ fd });
  } catch (error) {
    closeSync(fd);
    connection.over();
    throw error;
  }
  raw.once('close', () => connection.over());
  raw.on('error', () => undefined); // The TLS socket has it too.
  try {
    const socket = connect({
      socket: raw,
      secureContext: context,
      // The verdict is ours: a handshake that is not well is an answer, and its certificate is part of it.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(serverName !== null && { servername: serverName }),
      ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
    });
    // Node makes objects of the whole chain for its own check of the name, which takes a third of a handshake's time.
    socket.getPeerCertificate = NO_OBJECTS;
    return socket;
  } catch (error) {
    raw.destroy();
    throw error;
  }
}

/**
 * Whether the client's certificate was asked for and the target's word about it is still to come: in TLS 1.3 it comes after
 * the handshake. OpenSSL has shared signature algorithms on a client only when a certificate was requested.
 */
function mayStillReject(socket: TLSSocket, { protocol }: Secured): boolean {
  return protocol === 'TLSv1.3' && socket.getSharedSigalgs().length > 0;
}

/** close_notify and FIN. What the target still says is read and dropped, for what lies unread would be answered with RST. */
function takeLeave(socket: TLSSocket): void {
  if (socket.writableEnded || socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
  socket.once('close', () => clearTimeout(timer));
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > FAREWELL_BYTES) socket.destroy();
  });
  socket.end();
}

const NO_OBJECTS = (): DetailedPeerCertificate => ({}) as DetailedPeerCertificate;

function readSecured(socket: TLSSocket): Secured {
  const sent: X509Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  while (next !== undefined && sent.length < MAX_SENT) {
    sent.push(next);
    next = next.issuerCertificate;
  }
  // It is a string, whatever its type says.
  const verifyError = socket.authorizationError as unknown as string | null | undefined;
  return {
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().standardName,
    alpn: socket.alpnProtocol === false ? null : socket.alpnProtocol,
    verifyError: verifyError ?? null,
    sent,
  };
}

const FIN: HandshakeFailure = { code: 'ECONNRESET', reason: '', isAlert: false, isFin: true };

function failureOf(error: NodeJS.ErrnoException & { readonly reason?: string }): HandshakeFailure {
  const { code = 'EPROTO', reason = '', message, syscall } = error;
  return {
    code,
    reason,
    isAlert: /SSL alert number \d+/.test(message),
    // Node has no errno for a peer that ends the connection, and says ECONNRESET without a system call.
    isFin: code === 'ECONNRESET' && syscall === undefined,
  };
}
