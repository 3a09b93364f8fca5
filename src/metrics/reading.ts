// One metric as a page reads it: prom-client's kinds keep their numbers themselves, and ours are kept elsewhere.

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
  /** Where it is not the metric's own: `_bucket`, `_sum`, `_count`. */
  readonly metricName?: string;
}

/** What a registry asks of a metric when it makes a page. Its own kinds keep their numbers themselves, and ours are elsewhere. */
export interface Reading {
  readonly name: string;
  get(): Promise<{ name: string; help: string; type: string; values: readonly Sample[] }>;
}

export function read(
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  values: () => Sample[],
): Reading {
  return { name, get: () => Promise.resolve({ name, help, type, values: values() }) };
}
