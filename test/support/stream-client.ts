// A client of streams of targets, on real sockets, and a checker that answers when it is told to.
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Test } from 'tap';
import type { Inquiry, OpenInquiry } from '../../src/check/inquiry.ts';
import type { Check, CheckReply } from '../../src/check/result.ts';
import { resultOf } from './build.ts';

export interface Line {
  readonly index?: number;
  readonly target?: string;
  readonly problem?: object;
  readonly summary?: object;
}

/** POST /check on a connection of its own, whose body is yet to be sent. */
export function begin(t: Test, port: number, type = 'text/plain', query = ''): ClientRequest {
  const headers = { 'content-type': type };
  const sent = request({ host: '127.0.0.1', port, path: `/check${query}`, method: 'POST', headers, agent: false });
  sent.on('error', () => undefined);
  t.teardown(() => sent.destroy());
  return sent;
}

export async function linesOf(sent: ClientRequest): Promise<Line[]> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/** Answers nothing before it is told to, or cancelled. */
export class SilentChecker {
  asked = 0;
  inquiry: Inquiry | null = null;
  #told: (() => void)[] = [];

  check(): Promise<CheckReply> {
    throw new Error('the test asks in streams');
  }

  open(inquiry: Inquiry): OpenInquiry {
    this.inquiry = inquiry;
    return {
      late: () => null,
      room: () => null,
      ask: (check: Check, index: number) => {
        this.asked++;
        this.#told.push(() => inquiry.onResult?.(index, resultOf(check)));
        if (inquiry.cancellation.isCancelled) this.answerAll();
      },
      told: () => undefined,
      close: () => undefined,
    };
  }

  answerAll(): void {
    for (const tell of this.#told.splice(0)) tell();
  }
}

/** Looks again in each turn of the event loop until it holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}
