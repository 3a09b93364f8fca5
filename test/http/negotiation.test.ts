// Accept, by table.
import t from 'tap';
import { preferredType } from '../../src/http/negotiation.ts';

const JSON_TYPE = 'application/json';
const NDJSON = 'application/x-ndjson';

const ROWS: readonly (readonly [accept: string | undefined, best: string | null])[] = [
  [undefined, JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['application/*', JSON_TYPE],
  [JSON_TYPE, JSON_TYPE],
  ['APPLICATION/JSON', JSON_TYPE],
  ['application/json; charset=utf-8', JSON_TYPE],
  [NDJSON, NDJSON],
  [`${NDJSON}, */*`, NDJSON],
  [`*/*, ${NDJSON}`, NDJSON],
  [`${NDJSON}, ${JSON_TYPE}`, JSON_TYPE],
  [`${NDJSON}, ${JSON_TYPE};q=0.9`, NDJSON],
  [`${NDJSON};q=0.5, ${JSON_TYPE};q=0.9`, JSON_TYPE],
  [`${JSON_TYPE};q=0, */*`, NDJSON],
  [`${JSON_TYPE};q=0`, null],
  ['text/html,application/xhtml+xml,*/*;q=0.8', JSON_TYPE],
  ['text/html', null],
  ['text/*', null],
  ['', null],
  ['*/*;q=0', null],
  ['*/*;q=x', null],
];

t.test('the form that a caller prefers', async (t) => {
  for (const [accept, best] of ROWS) t.equal(preferredType(accept, [JSON_TYPE, NDJSON]), best, accept ?? '(absent)');
  return Promise.resolve();
});
