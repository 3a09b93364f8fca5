// What reachd sends of groups, described for the OpenAPI document. The types in groups/group-view.ts are the truth, and
// reply-schemas.ts has the compiler refuse a schema that says anything else.
import * as z from 'zod';
import type { GroupReport, Readiness } from '../../groups/group-view.ts';
import { STATES, TELLINGS } from '../../groups/verdict.ts';
import { result } from './result-schemas.ts';

const moment = (description: string) => z.string().meta({ format: 'date-time', description });
const state = z.enum(STATES).meta({
  description: '`up` after `rise` good rounds in a row, `down` after `fall` bad ones, `unknown` before either.',
});
const verdict = {
  group: z.string(),
  state,
  since: moment('Since when it is in that state, UTC.'),
  checkedAt: moment('').nullable().meta({
    description: 'When the last round that told something began, UTC; null before the first.',
  }),
  stale: z.boolean().meta({
    description: 'No round has told anything for `staleAfterMs`: the last verdict stands, and is old.',
  }),
};

/** The body of `GET /ready/{group}`: under 1 KB, and without an address. */
export type ReadyReply = Omit<Readiness, 'ageMs'>;

export const readiness = z
  .object({
    ...verdict,
    ready: z.boolean().meta({
      description: 'What the status says: whether it is `up`; with `phase=startup`, whether it has been up once.',
    }),
  })
  .meta({ id: 'Readiness', description: 'The verdict of a group, as it was formed in the background.' });

const round = z
  .object({
    at: moment('When it began.'),
    ok: z.boolean().nullable().meta({ description: 'Null where it told nothing: reachd itself could not ask.' }),
    latencyMs: z.number().min(0).nullable().meta({ description: 'Of its slowest target; null where none was asked.' }),
  })
  .meta({ id: 'GroupRound' });

const target = z
  .object({
    label: z.string().meta({ description: 'Its `name`, else the target: what metrics call it.' }),
    target: z.string().meta({ description: 'In its canonical spelling.' }),
    since: moment('Since when `counts` is what it is.').nullable(),
    counts: z
      .enum(TELLINGS)
      .nullable()
      .meta({
        description:
          'What its last result says of the group. `good`: it is ok, or its outcome is not in `downOn`. `void`: nothing, ' +
          'because reachd itself could not ask. Null before the first.',
      }),
    result: result.nullable(),
  })
  .meta({ id: 'GroupTarget' });

const group = z
  .object({
    ...verdict,
    mode: z.union([z.enum(['all', 'any']), z.int().min(1)]).meta({ description: 'How many targets must be ok.' }),
    changes: z
      .array(z.object({ at: moment('When.'), from: state, to: state }).meta({ id: 'GroupChange' }))
      .meta({ description: 'The last 10, the latest first.' }),
    rounds: z.array(round).meta({ description: 'The last 60, the oldest first.' }),
    targets: z.array(target),
  })
  .meta({ id: 'Group' });

/** The body of `GET /groups`. */
export interface GroupsReply {
  readonly groups: readonly GroupReport[];
}

export const groups = z
  .object({ groups: z.array(group).meta({ description: 'In the order of `CONFIG_FILE`; none without it.' }) })
  .meta({ id: 'Groups', description: 'Every group, with all that is known of it.' });
