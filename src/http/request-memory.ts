// What one HTTP request makes this process hold, from the first byte of its body to the last of its reply. It is given back
// when the reply is written, or the connection gone, and nothing of it is being worked on any more.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { callerOf } from '../callers/asker.ts';
import type { Part, Pool } from '../check/pool.ts';
import { askerOf } from './authentication.ts';

declare module 'fastify' {
  interface FastifyRequest {
    memory: RequestMemory;
  }
}

/** Head, request and reply as the server has them, and what a connection buffers. */
const REQUEST_BYTES = 8192;

export class RequestMemory {
  readonly part: Part;
  #isWorking = false;
  #isGone = false;

  constructor(part: Part) {
    this.part = part;
  }

  /** The body has been read and is not held any more. */
  dropBody(): void {
    this.part.giveBack(this.part.has - REQUEST_BYTES);
  }

  /** Something of it is being worked on: it is kept until `rest` too. */
  work(): void {
    this.#isWorking = true;
  }

  rest(): void {
    this.#isWorking = false;
    if (this.#isGone) this.part.close();
  }

  /** The reply is written, or nobody gets it. */
  end(): void {
    this.#isGone = true;
    if (!this.#isWorking) this.part.close();
  }
}

/** To be installed where requests have bodies, or make replies of any length. */
export function installRequestMemory(app: FastifyInstance, pool: Pool): void {
  app.addHook('preParsing', (request, reply, _bytes, done) => {
    const memory = new RequestMemory(pool.open(callerOf(askerOf(request))));
    request.memory = memory;
    whenGone(reply, () => memory.end());
    if (memory.part.hasRoom(REQUEST_BYTES)) memory.part.hold(REQUEST_BYTES);
    else return done(memory.part.refusal(REQUEST_BYTES));
    done(null);
  });
}

/** Calls `end` when the reply is written, or can be written no more. */
export function whenGone(reply: FastifyReply, end: () => void): void {
  reply.raw.on('close', end);
  if (reply.raw.socket !== null) return;
  // A response that waits behind another one on its connection has no 'close' when that connection closes.
  const { socket } = reply.request.raw;
  socket.on('close', end);
  reply.raw.on('close', () => socket.off('close', end));
}
