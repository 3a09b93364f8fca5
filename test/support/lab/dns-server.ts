// The process behind dns.ts: a name server on 127.0.0.1:53 of its namespace, over UDP, and TCP for what is too long.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DnsAnswer, DnsCounts, DnsTable } from './dns-table.ts';
import { buildReply, parseQuestion, truncateReply, type Question } from './dns-message.ts';
import { serve } from './serve.ts';

const WHERE = { address: '127.0.0.1', host: '127.0.0.1', port: 53 };

let table: DnsTable = {};
/** Questions by name and type: since the start, and since the table was set. */
const counts: Record<string, Record<string, number>> = {};
let asked = new Map<string, number>();

async function listen(): Promise<void> {
  const udp = createSocket('udp4');
  udp.on('message', (message, { port, address }) => {
    void replyTo(message, (question, reply) => udp.send(truncateReply(question, reply), port, address));
  });
  udp.bind(WHERE);
  await once(udp, 'listening');
  const tcp = createServer(talk).listen(WHERE);
  await once(tcp, 'listening');
}

/** One connection: messages with their length before them (RFC 1035, 4.2.2). */
function talk(socket: Socket): void {
  let received = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const message = received.subarray(2, end);
      received = received.subarray(end);
      void replyTo(message, (_, reply) => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length, 0);
        socket.write(Buffer.concat([length, reply]));
      });
    }
  });
}

async function replyTo(message: Buffer, send: (question: Question, reply: Buffer) => void): Promise<void> {
  const question = parseQuestion(message);
  if (question === null) return;
  const { addresses = [], rcode = 'NOERROR', ttl = 0, afterMs = 0, isSilent = false } = answerTo(question);
  if (isSilent) return;
  if (afterMs > 0) await sleep(afterMs);
  send(question, buildReply(question, { rcode, addresses, ttl }));
}

function answerTo({ name, type }: Question): DnsAnswer {
  const byType = (counts[name] ??= {});
  byType[type] = (byType[type] ?? 0) + 1;
  const key = `${name}/${type}`;
  const index = asked.get(key) ?? 0;
  asked.set(key, index + 1);
  const entry = table[name] ?? table['*'] ?? { rcode: 'NXDOMAIN' };
  const answers: readonly DnsAnswer[] = Array.isArray(entry) ? entry : [entry as DnsAnswer];
  return answers[Math.min(index, answers.length - 1)] ?? { rcode: 'NXDOMAIN' };
}

const methods = {
  listen,
  answer: (next: DnsTable): void => {
    table = next;
    asked = new Map();
  },
  counts: (): DnsCounts => counts,
};
export type DnsServerMethods = typeof methods;

serve(methods);
