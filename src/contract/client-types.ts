// What is asked of the API and what it answers, as types for whoever writes a client: what the package exports. Nothing
// of ours imports it. Fields that are added later are none that a client may leave out.
import type * as z from 'zod';
import type * as result from '../check/result.ts';
import type { createRequestSchemas } from './request-schemas.ts';

/** The body of `POST /check`. */
export type CheckRequest = z.input<ReturnType<typeof createRequestSchemas>['body']>;
/** A target of it. */
export type Target = CheckRequest['targets'][number];
/** The reply to `POST /check` and `GET /check`. */
export type CheckReply = result.CheckReply;
/** The result of one target. */
export type CheckResult = result.CheckResult;
/** One connect of it. */
export type AttemptReport = result.AttemptReport;
/** What the results come to. */
export type Summary = result.Summary;
/** The last line of a stream's reply. */
export interface StreamEnd {
  readonly summary: result.StreamSummary;
  readonly vantage: result.Vantage;
}
/** Any other line of it. */
export type StreamLine =
  ({ readonly index: number } & CheckResult) | { readonly index: number; readonly problem: Problem };
/** An error, as RFC 9457 has it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}
