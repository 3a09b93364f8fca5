// Who may hold the server's connections when there are no more of them. At `maxConnections` Node turns newcomers away, and
// a kubelet's is one of them: strangers that hold all of them, which takes no token, would have the process restarted. So
// the last place is always made free, by those who use theirs least; and answers under way never take all of them.
// It knows neither tokens nor callers. What a slow sender may take in time, server.ts says.
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { TurnTime } from '../check/turn-time.ts';
import { unavailable } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It has connections kept for it: it is answered when nothing else is. */
    readonly reserved?: boolean;
  }
}

const MOST_RESERVED = 32;
const CROWDED = 'Too many requests are being answered at a time.';

/** Each open connection is in one of these, oldest first: both a Set and a Map keep the order of insertion. */
class Connections {
  /** They have not sent a whole request so far: nothing, or half of a head or a body. */
  readonly #strangers = new Set<Socket>();
  /** Their last request has been answered. */
  readonly #idle = new Set<Socket>();
  /** So many of their requests are being answered: more than one where a client sends the next without waiting. */
  readonly #busy = new Map<Socket, number>();
  /** The sum of those. */
  #underWay = 0;

  readonly #most: number;
  readonly #reserve: number;

  /** `most`: the connections that the server takes, 8 or more. */
  constructor(most: number) {
    this.#most = most;
    this.#reserve = Math.min(MOST_RESERVED, Math.floor(most / 8));
  }

  /** A new one. When it takes the last place, another one is ended. */
  add(socket: Socket): void {
    this.#strangers.add(socket);
    socket.on('close', () => this.#forget(socket));
    if (this.#strangers.size + this.#idle.size + this.#busy.size < this.#most) return;
    const oldest = this.#leastNeeded();
    if (oldest === undefined) return;
    this.#forget(oldest);
    oldest.destroy();
  }

  /** Whether one more request may be answered. Each holds a connection, or what its reply is made of, a file of a page too. */
  get hasRoom(): boolean {
    return this.#underWay < this.#most - 2 * this.#reserve;
  }

  /** A whole request has come. False for a connection that is not the server's own. */
  begin(socket: Socket): boolean {
    const underWay = this.#busy.get(socket) ?? 0;
    if (!this.#strangers.delete(socket) && !this.#idle.delete(socket) && underWay === 0) return false;
    this.#busy.set(socket, underWay + 1);
    this.#underWay++;
    return true;
  }

  /** A request has its answer, or nobody to give it to. */
  end(socket: Socket): void {
    const underWay = this.#busy.get(socket);
    if (underWay === undefined) return;
    this.#underWay--;
    if (underWay > 1) {
      this.#busy.set(socket, underWay - 1);
      return;
    }
    this.#busy.delete(socket);
    this.#idle.add(socket);
  }

  /**
   * Strangers first, but a reserve of them have time to send what they came for, however many come behind them. Then whoever
   * is only idle. Answers under way leave twice the reserve, so one is ended only where health requests
   * without number are not read.
   */
  #leastNeeded(): Socket | undefined {
    const [oldest] =
      this.#strangers.size > this.#reserve ? this.#strangers : this.#idle.size > 0 ? this.#idle : this.#busy.keys();
    return oldest;
  }

  #forget(socket: Socket): void {
    this.#strangers.delete(socket);
    this.#idle.delete(socket);
    this.#underWay -= this.#busy.get(socket) ?? 0;
    this.#busy.delete(socket);
  }
}

/** To be installed after the hooks that read the body. `most`: connections at a time, 8 or more; Infinity for any number. `time`: told of each. */
export function installConnections(app: FastifyInstance, most: number, time: TurnTime): void {
  const { server } = app;
  const connections = new Connections(most);
  server.maxConnections = most;
  server.on('connection', (socket: Socket) => {
    time.noteConnection();
    connections.add(socket);
  });
  app.addHook('preHandler', (request, reply, done) => {
    const { socket } = request.raw;
    if (request.routeOptions.config.reserved !== true && !connections.hasRoom) {
      void reply.header('connection', 'close');
      return done(unavailable('overloaded', CROWDED));
    }
    // 'close' comes in every case. A connection that has closed by then is forgotten already.
    if (connections.begin(socket)) reply.raw.on('close', () => connections.end(socket));
    done();
  });
}
