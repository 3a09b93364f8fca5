import fc from 'fast-check';
import t from 'tap';
import { fleetCause } from '../../src/fleet/causes.ts';
import { LaneScene as Scene } from '../support/lane-scene.ts';

const POISON = 7;

const event = fc.record({
  kind: fc.constantFrom('answer', 'done', 'refuse', 'busy', 'unheard', 'lose', 'join', 'wait', 'resume', 'alive'),
  ask: fc.nat(30),
  position: fc.nat(120),
  instance: fc.constantFrom('a', 'b', 'c'),
  ms: fc.nat(2000),
});

function play(
  scene: Scene,
  { kind, ask, position, instance, ms }: typeof event extends fc.Arbitrary<infer E> ? E : never,
) {
  const { lane } = scene;
  switch (kind) {
    case 'answer': {
      scene.answer(ask, position);
      return;
    }
    case 'done': {
      lane.done(ask);
      return;
    }
    case 'refuse': {
      lane.refused(ask, fleetCause('refused'));
      return;
    }
    case 'busy': {
      lane.refused(ask, null);
      return;
    }
    case 'unheard': {
      lane.unheard(ask);
      return;
    }
    case 'lose': {
      lane.lose(instance, fleetCause('lost'));
      return;
    }
    case 'join': {
      lane.join(instance);
      return;
    }
    case 'resume':
      return void lane.resume();
    case 'alive': {
      lane.alive(ask);
      return;
    }
    case 'wait':
      scene.ms += ms;
      return void lane.tick();
  }
}

t.test('whatever comes, and in whatever order, each cell has exactly one result in the end', (t) => {
  const cells = 230;
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120 }), (events) => {
      const scene = new Scene(['a', 'b', 'c'], cells);
      scene.pump();
      for (const each of events) {
        play(scene, each);
        scene.pump();
      }
      // From now on everybody answers.
      for (let turn = 0; turn < 40; turn++) {
        scene.ms += 600;
        for (const ask of scene.asks.splice(0)) if (!ask.isOver) scene.answerAll(ask);
        scene.pump();
      }
      const results = scene.results(cells);
      return results.every((count) => count === 1);
    }),
    { numRuns: 400 },
  );
  t.end();
});

t.test('after the end each cell has exactly one result, whatever was under way', (t) => {
  const cells = 130;
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const scene = new Scene(['a', 'b', 'c'], cells);
      for (const each of events) {
        scene.pump();
        play(scene, each);
      }
      scene.lane.end(() => fleetCause('deadline'));
      for (let ask = 0; ask < 30; ask++) scene.answer(ask, 0);
      return scene.results(cells).every((count) => count === 1);
    }),
    { numRuns: 400 },
  );
  t.end();
});

t.test('what kills two instances is given up, and nothing else is', (t) => {
  const cells = 2000;
  const scene = new Scene(['a', 'b', 'c', 'd', 'e', 'f'], cells);
  const dead = new Set<string>();
  for (let turn = 0; turn < 200; turn++) {
    for (const ask of scene.pump()) {
      if (ask.cells.some(({ number }) => number === POISON)) dead.add(ask.key);
    }
    for (const ask of scene.asks.splice(0)) {
      if (ask.isOver) continue;
      if (dead.has(ask.key)) scene.lane.unheard(ask.id);
      else scene.answerAll(ask);
    }
    scene.ms += 100;
  }
  t.same(
    scene.results(cells).filter((count) => count !== 1),
    [],
  );
  t.equal(dead.size, 2);
  t.ok(scene.failed.has(POISON));
  t.ok(scene.failed.size <= 1000, 'only its chunk fails');
  t.same([...new Set([...scene.failed.values()].flat())], ['gone']);
  t.end();
});

t.test(
  'an instance that does not accept is silent after a second, one that falls silent is poked and then lost',
  (t) => {
    const scene = new Scene(['a', 'b'], 100);
    const [first, second] = scene.pump();
    scene.lane.alive(second?.id ?? -1);
    scene.ms = 999;
    t.same(scene.lane.tick(), []);
    t.same(scene.lost, []);
    scene.ms = 1000;
    scene.lane.tick();
    t.same(scene.lost, [first?.key]);
    scene.ms = 1300;
    t.same(
      scene.lane.tick().map(({ id }) => id),
      [second?.id],
    );
    scene.ms = 3000;
    scene.lane.tick();
    t.same(scene.lost.length, 2);
    scene.pump();
    t.same(
      scene.results(100).filter((count) => count !== 1),
      [],
    );
    t.end();
  },
);

t.test('an answer that comes late counts, and brings its instance back', (t) => {
  const scene = new Scene(['a', 'b'], 50);
  const [ask] = scene.pump();
  scene.lane.lose(ask?.key ?? '', fleetCause('silent'));
  scene.answer(ask?.id ?? -1, 3);
  t.equal(scene.answered.get(3), 1);
  const again = scene.pump();
  t.same(
    again.map(({ key }) => key),
    ['b'],
  );
  t.notOk(
    again[0]?.cells.some(({ number }) => number === 3),
    'what is answered is not asked again',
  );
  t.end();
});

t.test('one that has too much to do is left alone for a while; nothing fails meanwhile', (t) => {
  const scene = new Scene(['a'], 10);
  const [ask] = scene.pump();
  scene.lane.refused(ask?.id ?? -1, null);
  t.same(scene.pump(), []);
  scene.ms += 274;
  t.same(scene.pump(), []);
  scene.ms += 1;
  t.equal(scene.pump().length, 1);
  t.equal(scene.failed.size, 0);
  t.end();
});

t.test('who will not be asked this is not asked again; with nobody left, that is the cause', (t) => {
  const scene = new Scene(['a', 'b'], 10);
  for (let turn = 0; turn < 2; turn++) {
    for (const { id } of scene.pump()) scene.lane.refused(id, fleetCause('refused', 'timeoutMs: takes less'));
  }
  scene.pump();
  t.same(
    [...scene.failed.values()].flat(),
    Array.from({ length: 10 }, () => 'refused'),
  );
  t.end();
});
