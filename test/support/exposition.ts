// Reads a page in Prometheus' text format, as far as reachd and blackbox_exporter write it.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  /** By name: counter, gauge, histogram. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** The value of the only sample that has the name and at least these labels; undefined where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;

export function readExposition(page: string): Exposition {
  const lines = page.split('\n');
  const types = new Map(
    lines.flatMap((line) => [/^# TYPE (\S+) (\S+)$/.exec(line)?.slice(1) as [string, string]]).filter(Boolean),
  );
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#')).map(readSample);
  const value: Exposition['value'] = (name, labels = {}) => {
    const found = samples.filter(
      (sample) => sample.name === name && Object.entries(labels).every(([label, is]) => sample.labels[label] === is),
    );
    if (found.length > 1) throw new Error(`${name} is there ${found.length} times`);
    return found[0]?.value;
  };
  return { types, samples, value };
}

function readSample(line: string): Sample {
  const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`not a sample: ${line}`);
  const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', is = '']) => [
    label,
    is,
  ]);
  return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
}
