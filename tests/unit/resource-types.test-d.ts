/**
 * What must and what must not compile, as assertions that the compiler evaluates: `tsc` fails
 * on this file where a type says anything else. Nothing here is run.
 */
import type { Json } from '../../src/domain/shared/json.js';
import {
  byConflict,
  defineStrategy,
  firstThatDecides,
  lastWriteWins,
  maximum,
  undecided,
  type GeneralStrategy,
  type MergeStrategy,
  type PolicyOptions,
} from '../../src/domain/strategies/index.js';
import {
  defineResource,
  reference,
  register,
  type AnyResource,
  type CreatePayloadOf,
  type FieldsOf,
  type GroupOptions,
  type PayloadOf,
  type Register,
  type RegisterOptions,
  type SchemaOf,
} from '../../src/domain/resource-definition/index.js';
import { number, tally, text, type Increment } from '../support/definitions.js';

type Expect<Condition extends true> = Condition;
/** Assignable both ways, optional members and readonly arrays included. */
type Same<A, B> = [A, Required<A>] extends [B, Required<B>]
  ? [B, Required<B>] extends [A, Required<A>]
    ? true
    : false
  : false;
type Fits<Given, Wanted> = [Given] extends [Wanted] ? true : false;
type Not<Condition extends boolean> = Condition extends true ? false : true;

const status = { '~standard': {} } as SchemaOf<'todo' | 'done'>;

const ofNumbers = defineStrategy<number>({
  name: 'numbers',
  version: 1,
  decide: ({ siblings: [first] }) => ({ value: (first?.value ?? 0) + 1 }),
});
const ofTexts = defineStrategy<string>({ name: 'texts', version: 1, decide: () => undecided });
const ofAnything = defineStrategy({ name: 'anything', version: 1, decide: () => ({ value: null }) });

const feature = defineResource('feature', {
  version: 1,
  fields: {
    title: register(text),
    status: register(status, { default: 'todo' }),
    size: register(number, { strategy: ofNumbers }),
    weight: register(number, { strategy: firstThatDecides(ofNumbers, lastWriteWins()), default: 1 }),
    note: register(),
    label: register<string>(undefined, { strategy: byConflict({ create_create: ofTexts, otherwise: maximum() }) }),
    trackId: reference('track'),
    votes: tally(),
  },
  indexes: ['status', 'votes'],
  strategy: ofAnything,
}).group('naming', ['title', 'label'], {
  strategy: defineStrategy({
    name: 'naming',
    version: 1,
    decide: ({ siblings: [first] }) => ({ value: { title: first?.value?.label ?? '' } }),
  }),
});

export type Reading = [
  Expect<
    Same<
      FieldsOf<typeof feature>,
      {
        readonly title?: string;
        readonly size?: number;
        readonly note?: Json;
        readonly label?: string;
        readonly trackId?: string | null;
        readonly status: 'todo' | 'done';
        readonly weight: number;
        readonly votes: number;
      }
    >
  >,
  Expect<Not<Fits<{ title: string }, FieldsOf<typeof feature>>>>,
];

export type Writing = [
  Expect<Fits<{ title: string; votes: Increment }, PayloadOf<typeof feature>>>,
  Expect<Fits<{ votes: number; trackId: null }, PayloadOf<typeof feature>>>,
  Expect<Not<Fits<{ title: number }, PayloadOf<typeof feature>>>>,
  Expect<Not<Fits<{ status: 'taken' }, PayloadOf<typeof feature>>>>,
  Expect<Not<Fits<{ title: undefined }, PayloadOf<typeof feature>>>>,
  Expect<Not<Fits<'titel', keyof PayloadOf<typeof feature>>>>,
  Expect<Not<Fits<{ votes: Increment }, CreatePayloadOf<typeof feature>>>>,
  Expect<Fits<{ votes: number }, CreatePayloadOf<typeof feature>>>,
];

/** Whether a strategy may stand at a register of that value. */
type FitsRegister<Strategy, Value> = Fits<{ strategy: Strategy }, RegisterOptions<Value>>;

export type Strategies = [
  Expect<FitsRegister<typeof ofNumbers, number>>,
  Expect<Not<FitsRegister<typeof ofTexts, number>>>,
  Expect<Not<FitsRegister<typeof ofNumbers, string>>>,
  // It may answer null, which is no text.
  Expect<Not<FitsRegister<typeof ofAnything, string>>>,
  Expect<FitsRegister<typeof ofAnything, Json>>,
  Expect<FitsRegister<GeneralStrategy, number>>,
  Expect<FitsRegister<GeneralStrategy, 'todo' | 'done'>>,
  Expect<Fits<GeneralStrategy, MergeStrategy>>,
  Expect<Not<Fits<{ default: typeof ofTexts; name: 'p'; version: 1 }, PolicyOptions>>>,
];

const general = firstThatDecides(maximum(), byConflict({ delete_update: lastWriteWins(), otherwise: maximum() }));
const mixed = byConflict({ create_create: ofNumbers, otherwise: lastWriteWins() });
const anything = firstThatDecides(ofAnything, lastWriteWins());

export type Combinators = [
  Expect<Same<typeof general, GeneralStrategy>>,
  Expect<Same<typeof mixed, MergeStrategy<number>>>,
  Expect<Same<typeof anything, MergeStrategy>>,
  Expect<FitsRegister<typeof mixed, number>>,
  Expect<Not<FitsRegister<typeof mixed, string>>>,
];

/** What `register` takes as its second argument, with a schema of numbers. */
type TakesOptions<Options> = typeof register extends (
  schema: SchemaOf<number>,
  options: Options,
) => Register<number, never>
  ? true
  : false;
const plain = register();
const typed = register<readonly string[]>(undefined, { default: [] });
const guarded = register(number);
const settled = register(number, { default: 3 });

export type Builders = [
  Expect<Same<typeof plain, Register<Json>>>,
  Expect<Same<typeof typed, Register<readonly string[], readonly string[]>>>,
  Expect<Same<typeof guarded, Register<number>>>,
  Expect<Same<typeof settled, Register<number, number>>>,
  Expect<Not<TakesOptions<{ strategy: MergeStrategy<string> }>>>,
  Expect<Not<TakesOptions<{ default: string }>>>,
  Expect<Not<Fits<[string, { onDelete: MergeStrategy<string> }], Parameters<typeof reference>>>>,
];

type Grouped = Parameters<typeof feature.group<'title' | 'size'>>;
type GroupedStrategy<Value> = Fits<MergeStrategy<Value>, NonNullable<NonNullable<Grouped[2]>['strategy']>>;

export type Groups = [
  Expect<Same<Grouped[2], GroupOptions<{ readonly title?: string; readonly size?: number }> | undefined>>,
  Expect<GroupedStrategy<{ readonly title?: string; readonly size?: number }>>,
  Expect<Not<GroupedStrategy<{ readonly title?: number; readonly size?: number }>>>,
  Expect<Not<Fits<readonly ['titel'], Parameters<typeof feature.group>[1]>>>,
];

export type Definitions = [
  Expect<Same<(typeof feature)['resourceType'], 'feature'>>,
  Expect<Fits<typeof feature, AnyResource>>,
  Expect<Fits<{ name: 'p'; version: 1; resources: [typeof feature] }, PolicyOptions>>,
  Expect<Not<Fits<'titel', keyof (typeof feature)['fields']>>>,
];
