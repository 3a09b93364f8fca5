// Who is here, and which of them a request selects.
import t from 'tap';
import { fleetCause } from '../../src/fleet/causes.ts';
import { MAX_INSTANCES, Roster } from '../../src/fleet/roster.ts';
import { select } from '../../src/fleet/selection.ts';

const card = (labels: Record<string, string> = {}, draining = false) => ({ labels, version: '1.0.0', draining });
const at = (vantage: string, instance = 'i1') => ({ vantage, instance });

function scene() {
  const clock = { ms: 0 };
  return { clock, roster: new Roster(() => clock.ms) };
}

t.test('instances of one name and the same labels are replicas; with others the name is ambiguous', (t) => {
  const { roster } = scene();
  t.ok(roster.saw(at('b'), card({ zone: 'z1' })));
  roster.saw(at('b', 'i2'), card({ zone: 'z1' }));
  roster.saw(at('a'), card());
  t.notOk(roster.saw(at('a'), card()), 'it was here already');
  t.match(roster.known(), [
    { name: 'a', state: 'here', instances: ['i1'], cause: null },
    { name: 'b', state: 'here', labels: { zone: 'z1' }, instances: ['i1', 'i2'] },
  ]);
  roster.saw(at('b', 'i3'), card({ zone: 'z2' }));
  t.match(roster.known()[1], { state: 'ambiguous', instances: [], cause: { layer: 'fleet', code: 'ambiguous' } });
  t.end();
});

t.test('who is lost is the answer for ten seconds, asked again after that, and forgotten after ten minutes', (t) => {
  const { clock, roster } = scene();
  roster.saw(at('a'), card());
  roster.lost(at('a'), fleetCause('gone'));
  t.match(roster.known(), [{ state: 'lost', instances: [], cause: { code: 'gone' } }]);
  clock.ms = 10_000;
  t.match(roster.known(), [{ state: 'lost', instances: ['i1'], cause: null }]);
  t.equal(roster.report()[0]?.state, 'lost');
  clock.ms = 600_000;
  t.same(roster.known(), []);
  t.end();
});

t.test('whatever it says brings it back, and who shows nothing when asked is lost', (t) => {
  const { clock, roster } = scene();
  roster.saw(at('a'), card());
  roster.saw(at('b'), card());
  clock.ms = 100;
  roster.heard(at('b'));
  roster.missed(50);
  t.same(
    roster.known().map(({ state }) => state),
    ['lost', 'here'],
  );
  roster.heard(at('a'));
  t.equal(roster.known()[0]?.state, 'here');
  t.end();
});

t.test('one that goes is asked no more while another stays', (t) => {
  const { roster } = scene();
  roster.saw(at('a'), card({}, true));
  t.match(roster.known(), [{ state: 'draining', instances: ['i1'] }]);
  roster.saw(at('a', 'i2'), card());
  t.match(roster.known(), [{ state: 'here', instances: ['i2'] }]);
  t.end();
});

t.test('names, labels and * select; all labels of one object, and any of the selectors', (t) => {
  const { roster } = scene();
  roster.saw(at('a'), card({ zone: 'z1', disk: 'ssd' }));
  roster.saw(at('b'), card({ zone: 'z1' }));
  roster.saw(at('c'), card({ zone: 'z2' }));
  const names = (...from: Parameters<typeof select>[0]) => select(from, roster.known()).map(({ name }) => name);
  t.same(names('*'), ['a', 'b', 'c']);
  t.same(names({ zone: 'z1' }), ['a', 'b']);
  t.same(names({ zone: 'z1', disk: 'ssd' }), ['a']);
  t.same(names({ zone: 'z2' }, 'a', '*', 'a'), ['a', 'b', 'c']);
  t.same(names({ zone: 'z3' }), []);
  t.same(names({ constructor: 'z3' }), [], 'what every object has is no label');
  t.same(names('b', 'nobody'), ['b', 'nobody']);
  t.match(select(['nobody'], roster.known()), [{ instances: [], cause: { layer: 'fleet', code: 'unknown' } }]);
  t.end();
});

t.test('a vantage that calls itself by ever new instances is known by so many and no more', (t) => {
  const { roster } = scene();
  for (let i = 0; i < MAX_INSTANCES; i++) t.ok(roster.saw(at('a', `i${i}`), card()));
  t.notOk(roster.saw(at('a', 'one-more'), card()));
  t.equal(roster.known()[0]?.instances.length, MAX_INSTANCES);
  t.ok(roster.saw(at('b'), card()), 'others are not kept out');
  t.end();
});
