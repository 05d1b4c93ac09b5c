/**
 * Typed access as an embedder's compiler sees it: every line marked `@ts-expect-error` must not compile, and `tsc`
 * fails on this file where one does; every other line must. Nothing here is run.
 */
import {
  add,
  counter,
  definePolicy,
  defineResource,
  defineStrategy,
  increment,
  lastWriteWins,
  list,
  maximum,
  reference,
  register,
  remove,
  set,
  splice,
  text,
  undecided,
  type Json,
  type Replica,
  type SchemaOf,
  type TypedResource,
} from '../../src/index.js';

declare const replica: Replica;
declare const colour: SchemaOf<'red' | 'blue'>;
declare const point: SchemaOf<{ readonly x: number; readonly y: number }>;
declare const amount: SchemaOf<number>;

type Expect<Condition extends true> = Condition;
type Same<A, B> = [A, Required<A>] extends [B, Required<B>]
  ? [B, Required<B>] extends [A, Required<A>]
    ? true
    : false
  : false;

const furthest = defineStrategy<'todo' | 'done'>({
  name: 'furthest',
  version: 1,
  decide: ({ siblings }) => ({ value: siblings.some(({ value }) => value === 'done') ? 'done' : 'todo' }),
});
const feature = defineResource('feature', {
  version: 2,
  fields: {
    title: register<string>(),
    status: register<'todo' | 'done'>(undefined, { default: 'todo', strategy: furthest }),
    size: register(amount, { strategy: maximum() }),
    place: register(point),
    anything: register(),
    votes: counter(),
    tags: set(colour),
    labels: set(),
    steps: list(amount),
    notes: text(),
    trackId: reference('track'),
  },
  indexes: ['status', 'trackId'],
  upcast: { 1: ({ name, ...rest }) => ({ ...rest, ...(name === undefined ? {} : { title: name }) }) },
}).group('naming', ['title', 'trackId']);
const features = replica.resource(feature);
type Features = TypedResource<typeof feature>;

export const create = [
  features.create('f1', {}),
  features.create('f1', {
    title: 'Merge',
    status: 'done',
    size: 3,
    place: { x: 1, y: 2 },
    anything: [{ deep: null }],
    votes: 3,
    tags: ['red'],
    labels: [1, 'x'],
    steps: [1, 2],
    notes: 'text',
    trackId: 't1',
  }),
  features.create('f1', { votes: '9007199254740993', trackId: null }, { agentId: 'bob', note: 'first' }),
  // @ts-expect-error a field that is not declared
  features.create('f1', { titel: 'Merge' }),
  // @ts-expect-error a register of texts
  features.create('f1', { title: 1 }),
  // @ts-expect-error null is a value, and no text
  features.create('f1', { title: null }),
  // @ts-expect-error none of the values
  features.create('f1', { status: 'later' }),
  // @ts-expect-error not in its schema
  features.create('f1', { place: { x: 1 } }),
  // @ts-expect-error there is nothing to operate on
  features.create('f1', { votes: increment(1) }),
  // @ts-expect-error there is nothing to add to
  features.create('f1', { tags: add('red') }),
  // @ts-expect-error there is nothing to splice
  features.create('f1', { notes: splice(0, 0, 'x') }),
  // @ts-expect-error the member is none of the schema's
  features.create('f1', { tags: ['green'] }),
  // @ts-expect-error a reference is an id
  features.create('f1', { trackId: { resourceId: 't1' } }),
  // @ts-expect-error an option that is none
  features.create('f1', {}, { sene: [] }),
];

export const counters = [
  features.update('f1', { votes: increment() }),
  features.update('f1', { votes: increment(-2) }),
  features.update('f1', { votes: 0 }),
  features.update('f1', { votes: { $increment: 1 } }),
  // @ts-expect-error an increment is a number
  features.update('f1', { votes: { $increment: '1' } }),
  // @ts-expect-error an operation that is none
  features.update('f1', { votes: { $decrement: 1 } }),
  // @ts-expect-error an increment of a text
  features.update('f1', { notes: increment(1) }),
  // @ts-expect-error an increment of a set
  features.update('f1', { tags: increment(1) }),
  // @ts-expect-error an increment of a register, which holds its number whole
  features.update('f1', { size: increment(1) }),
];

export const sets = [
  features.update('f1', { tags: add('red') }),
  features.update('f1', { tags: remove('red', 'blue') }),
  features.update('f1', { tags: { ...add('red'), ...remove('blue') } }),
  features.update('f1', { tags: ['red', 'blue'] }),
  features.update('f1', { labels: add(1, 'x', { any: 'thing' }) }),
  // @ts-expect-error a member that is none of the schema's
  features.update('f1', { tags: add('green') }),
  // @ts-expect-error a member that is none of the schema's
  features.update('f1', { tags: remove('green') }),
  // @ts-expect-error a member, and no list of them
  features.update('f1', { tags: 'red' }),
  // @ts-expect-error a set has no places
  features.update('f1', { tags: splice(0, 1, ['red']) }),
  // @ts-expect-error a list is changed by splices
  features.update('f1', { steps: add(1) }),
];

export const sequences = [
  features.update('f1', { steps: splice(0, 1, [7, 8]) }),
  features.update('f1', { steps: [1] }),
  features.update('f1', { notes: splice(5, 2, 'new') }),
  features.update('f1', { notes: { $splice: [[0, 1, ''], [4, 0, 'x']] } }), // prettier-ignore
  features.update('f1', { notes: text.edit('a whole new text') }),
  features.update('f1', { notes: 'instead' }),
  // @ts-expect-error items are numbers
  features.update('f1', { steps: splice(0, 0, ['x']) }),
  // @ts-expect-error a list takes items, and no text
  features.update('f1', { steps: splice(0, 0, 'x') }),
  // @ts-expect-error a text takes a text, and no items
  features.update('f1', { notes: splice(0, 0, ['x']) }),
  // @ts-expect-error only a text is edited as a whole
  features.update('f1', { steps: text.edit('1') }),
  // @ts-expect-error a splice on a register
  features.update('f1', { title: splice(0, 0, 'x') }),
  // @ts-expect-error an edit of a register
  features.update('f1', { title: text.edit('x') }),
];

export const registers = [
  features.update('f1', { title: 'x', status: 'done', size: 0.5, place: { x: 0, y: 0 }, anything: null }),
  features.update('f1', { trackId: null }, { priority: 'high', seen: ['laptop:1'], dependsOn: [] }),
  // @ts-expect-error `undefined` is no value: leave the field out
  features.update('f1', { title: undefined }),
  // @ts-expect-error JSON has no dates
  features.update('f1', { anything: new Date() }),
  // @ts-expect-error a field that is not declared
  features.update('f1', { titel: 'x' }),
];

export const edits = [
  features.edit('f1', ({ fields }) => (fields.status === 'todo' ? { status: 'done', votes: increment(1) } : undefined)),
  // @ts-expect-error a status that the view cannot have
  features.edit('f1', ({ fields }) => (fields.status === 'later' ? {} : undefined)),
  // @ts-expect-error what comes back is checked like any update
  features.edit('f1', () => ({ notes: increment(1) })),
  // @ts-expect-error it is decided at once
  features.edit('f1', async () => ({ title: 'x' })),
];

export const commits = [
  replica.commit([features.write.create('f1', { title: 'x' }), features.write.update('f2', { votes: increment(1) })]),
  features.write.delete('f1', { note: 'done' }),
  // @ts-expect-error there is nothing to increment
  features.write.create('f1', { votes: increment(1) }),
  // @ts-expect-error a field that is not declared
  features.write.update('f1', { titel: 'x' }),
];

export const lists = [
  features.list(),
  features.list({ where: { status: 'todo' }, orderBy: 'updatedAt', limit: 3, pendingOnly: true }),
  features.list({ where: { status: ['todo', 'done'], trackId: [null, 't1'], size: 3, votes: [0, 1] } }),
  features.list({ where: { place: { x: 1, y: 2 }, anything: [1, [2], null], notes: '' }, orderBy: 'id' }),
  // A list stands for any of its values, so the value of a set stands in one.
  features.list({ where: { tags: [['red'], ['red', 'blue']], steps: [[]] } }),
  features.watchList({ where: { title: 'x' }, includeDeleted: true }),
  // @ts-expect-error a value that the field cannot have
  features.list({ where: { status: 'later' } }),
  // @ts-expect-error one of these values the field cannot have
  features.list({ where: { status: ['todo', 'later'] } }),
  // @ts-expect-error a field that is not declared
  features.list({ where: { titel: 'x' } }),
  // @ts-expect-error absent is no value to ask for
  features.list({ where: { title: undefined } }),
  // @ts-expect-error an operation is no condition
  features.list({ where: { votes: increment(1) } }),
  // @ts-expect-error this would ask for a set that is a text
  features.list({ where: { tags: ['red'] } }),
  // @ts-expect-error an order that is not offered
  features.list({ orderBy: 'status' }),
  // @ts-expect-error the type is the definition's
  features.list({ resourceType: 'track' }),
  // @ts-expect-error a value that the field cannot have
  features.watchList({ where: { size: '3' } }),
];

type Listed = ReturnType<Features['list']> extends AsyncIterable<infer Item> ? Item : never;
type Fields = Listed['fields'];
export type Reading = [
  Expect<
    Same<
      Fields,
      {
        readonly title?: string;
        readonly status: 'todo' | 'done';
        readonly size?: number;
        readonly place?: { readonly x: number; readonly y: number };
        readonly anything?: Json;
        readonly votes: number | string;
        readonly tags: readonly ('red' | 'blue')[];
        readonly labels: readonly Json[];
        readonly steps: readonly number[];
        readonly notes: string;
        readonly trackId?: string | null;
      }
    >
  >,
  Expect<Same<NonNullable<Awaited<ReturnType<Features['get']>>>['fields'], Fields>>,
];

declare const ofTexts: ReturnType<typeof defineStrategy<string>>;
declare const ofGroups: ReturnType<typeof defineStrategy<{ readonly title?: string; readonly size?: number }>>;
const plain = defineResource('plain', { version: 1, fields: { title: register<string>(), size: register(amount), votes: counter() } }); // prettier-ignore

export const definitions = [
  plain.group('both', ['title', 'size'], { strategy: ofGroups }),
  plain.group('both', ['title', 'size'], { strategy: lastWriteWins() }),
  // @ts-expect-error a field that is not declared
  plain.group('both', ['titel']),
  // @ts-expect-error a counter merges by itself
  plain.group('both', ['title', 'votes']),
  // @ts-expect-error a strategy for another value than the fields' together
  plain.group('both', ['title'], { strategy: ofTexts }),
  register<string>(undefined, { strategy: ofTexts }),
  // @ts-expect-error a strategy of texts at a register of numbers
  register(amount, { strategy: ofTexts }),
  // @ts-expect-error a strategy that may answer what the field cannot hold
  register<'todo' | 'done'>(undefined, { strategy: ofTexts }),
  // @ts-expect-error a default that does not fit
  register(amount, { default: 'x' }),
  // @ts-expect-error a counter is in no conflict
  counter({ strategy: lastWriteWins() }),
  // @ts-expect-error an index on a field that is not declared
  defineResource('x', { version: 1, fields: { title: register() }, indexes: ['titel'] }),
  // @ts-expect-error a field is made by its builder
  defineResource('x', { version: 1, fields: { title: 'register' } }),
  // @ts-expect-error the version of the payloads' form is missing
  defineResource('x', { fields: {} }),
  // @ts-expect-error an upcast gives a payload
  defineResource('x', { version: 2, fields: {}, upcast: { 1: () => 'x' } }),
];

export const strategies = [
  defineStrategy<number>({ name: 'a', version: 1, decide: ({ siblings: [first] }) => ({ value: first?.value ?? 0 }) }),
  defineStrategy<number>({ name: 'a', version: 1, decide: () => undecided }),
  // @ts-expect-error a value of another type
  defineStrategy<number>({ name: 'a', version: 1, decide: () => ({ value: 'x' }) }),
  // @ts-expect-error an answer that is none
  defineStrategy<number>({ name: 'a', version: 1, decide: () => 3 }),
  // @ts-expect-error strategies are synchronous
  defineStrategy<number>({ name: 'a', version: 1, decide: async () => undecided }),
  // @ts-expect-error an action that is none
  defineStrategy<number>({ name: 'a', version: 1, decide: () => ({ apply: 'forget' }) }),
];

export const policies = [
  definePolicy({ name: 'p', version: 1, resources: [feature, plain], default: lastWriteWins() }),
  definePolicy({
    name: 'p',
    version: 1,
    agents: { ada: { priority: 'high' } },
    byConflict: { delete_update: maximum() },
  }),
  // @ts-expect-error a name of one's own for a kind of conflict
  definePolicy({ name: 'p', version: 1, byConflict: { quarrel: lastWriteWins() } }),
  // @ts-expect-error a priority that is none
  definePolicy({ name: 'p', version: 1, agents: { ada: { priority: 'urgent' } } }),
  // @ts-expect-error a default decides fields of any type
  definePolicy({ name: 'p', version: 1, default: ofTexts }),
  // @ts-expect-error a definition, and not its type's name
  definePolicy({ name: 'p', version: 1, resources: ['feature'] }),
  // @ts-expect-error typed access takes the definition
  replica.resource('feature'),
];
