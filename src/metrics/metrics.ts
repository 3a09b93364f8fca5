// The counts of this process, and their page. Counting begins with the process; what makes a page of the counts is loaded
// by the first who asks for one.
import { CheckCounts } from './check-counts.ts';
import { HttpCounts } from './http-counts.ts';
import type { MetricsSources } from './sources.ts';

export class Metrics {
  readonly checks = new CheckCounts();
  readonly http = new HttpCounts();
  readonly #sources: MetricsSources;
  #page: Promise<() => Promise<string>> | null = null;

  constructor(sources: MetricsSources) {
    this.#sources = sources;
  }

  /** All metrics as they stand, in Prometheus' text format. */
  async page(): Promise<string> {
    this.#page ??= import('./page.ts').then(({ createPage }) => createPage(this.#sources, this.checks, this.http));
    return (await this.#page)();
  }
}
