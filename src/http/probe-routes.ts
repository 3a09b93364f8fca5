// GET /probe: one check as Prometheus asks for it, after the multi-target pattern of blackbox_exporter. The check is a
// check like any other: its caller has a token, limits, the address policy and the audit. Mistakes are told in plain text,
// because Prometheus shows no other.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZodOpenApi } from 'fastify-zod-openapi';
import type { Admission } from '../callers/admission.ts';
import type { Cancellation } from '../check/cancellation.ts';
import type { Pool } from '../check/pool.ts';
import type { FieldError } from '../contract/field-errors.ts';
import { type ProbeContract, SCRAPE_TIMEOUT_HEADER } from '../contract/probe-question.ts';
import { probePage } from '../metrics/probe-page.ts';
import { askerOf } from './authentication.ts';
import { whileWanted } from './departure.ts';
import { probeOperation } from './document/probe-operation.ts';
import { sendProblem } from './error-handling.ts';
import { PROMETHEUS_TYPE, TEXT_TYPE } from './media-types.ts';
import { invalidRequest, Problem } from './problems.ts';
import { installRequestMemory } from './request-memory.ts';

export interface ProbeRoutesOptions {
  readonly contract: ProbeContract;
  readonly checker: Admission;
  /** What callers make this process hold. */
  readonly memory: Pool;
  /** Cancelled when the process gives up what is still running. */
  readonly shutdown: Cancellation;
}

export const probeRoutes: FastifyPluginAsyncZodOpenApi<ProbeRoutesOptions> = async (app, options) => {
  const { contract, checker, shutdown } = options;
  installRequestMemory(app, options.memory);
  const route = { config: { acts: true }, schema: probeOperation(), errorHandler: sendMistake } as const;
  app.get('/probe', route, async (request, reply) => {
    const { target, module, debug } = request.query;
    const parsed = contract.parse({ target, module, scrapeTimeout: scrapeTimeoutOf(request) });
    if ('errors' in parsed) throw invalidRequest(parsed.errors);
    const { question, timeoutMs } = parsed;
    const { checks, deadlineMs } = question;
    const inquiry = { asker: askerOf(request), deadlineMs, memory: request.memory.part };
    const work = (cancellation: Cancellation) => checker.check(checks, { ...inquiry, cancellation });
    const answer = await whileWanted(reply, shutdown, work);
    request.found = { summary: answer.summary, only: answer.results[0] ?? null };
    if (reply.raw.destroyed) return reply.hijack();
    return reply.type(PROMETHEUS_TYPE).send(probePage(answer, { timeoutMs, debug: debug === 'true' }));
  });
  return Promise.resolve();
};

function scrapeTimeoutOf({ headers }: FastifyRequest): string | undefined {
  return headers[SCRAPE_TIMEOUT_HEADER]?.toString();
}

function sendMistake(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (!(error instanceof Problem) || error.code !== 'invalid-request') return sendProblem(error, request, reply);
  const line = ({ path, message }: FieldError): string => `${path}: ${message}\n`;
  void reply.code(error.status).type(`${TEXT_TYPE}; charset=utf-8`).send(error.errors.map(line).join(''));
}
