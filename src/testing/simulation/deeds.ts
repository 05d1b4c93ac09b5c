/** What people do at a replica, and what came of it: an answer, one of our refusals, or the death of the process. */
import { isReknitError } from '../../domain/shared/errors.js';
import type { ReknitEvent } from '../../domain/events/event.js';
import { dotOf } from '../../domain/causality/dot.js';
import { resourceKeyOf, type ResourceKey } from '../../domain/resource/resource-key.js';
import { write } from '../../application/write.js';
import type { ConflictView } from '../../application/reading/conflict-view.js';
import type { Replica } from '../../application/replica.js';
import type { Resolution } from '../../application/resolving/resolution.js';
import { drawPayload } from './changes.js';
import { Violation } from './checker.js';
import type { Place, Process } from './place.js';
import type { Step } from './plan.js';
import { createRandom } from './random.js';
import type { World } from './world.js';

/** Turns of the event loop after which a call that nothing is left to be done for will never end. */
const turnsMax = 1_000;

/**
 * Carries out one call: whatever is ready goes on until it is answered. Refusals are part of the
 * game; an error that is not one of ours is a defect.
 */
export const outcomeOf = async (
  world: World,
  { store }: Process,
  what: string,
  call: () => Promise<unknown>,
): Promise<string> => {
  let outcome: string | undefined;
  let defect: { readonly error: unknown } | undefined;
  const run = async (): Promise<void> => {
    try {
      await call();
      outcome = 'done';
    } catch (error) {
      if (isReknitError(error)) outcome = error.code;
      else defect = { error };
    }
  };
  const running = run();
  for (let turns = 0; turns < turnsMax; turns += 1) {
    await world.settle();
    const { error } = defect ?? {};
    if (defect !== undefined)
      throw new Violation('every error is one of ours', `${what}: ${wordsOf(error)}`, { cause: error });
    if (store.isDead()) return 'died';
    if (outcome === undefined) continue;
    await running;
    return outcome;
  }
  throw new Violation('whatever is asked is answered', `${what}: nothing happens any more`);
};

const wordsOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error);

type PersonalStep = Extract<
  Step,
  { readonly do: 'write' | 'edit' | 'remove' | 'group' | 'look' | 'save' | 'resolve' | 'undo' | 'again' }
>;

export const act = async (world: World, place: Place, process: Process, step: PersonalStep): Promise<string> => {
  const { replica } = process;
  const policy = world.policies[place.policy % world.policies.length] ?? world.policies[0];
  if (policy === undefined) throw new Error('there is no policy');
  let written: readonly (ReknitEvent | undefined)[] = [];
  const call = async (): Promise<void> => {
    if (!('which' in step))
      written = await change(world, place, process, step, (seen) =>
        drawPayload(policy, typeOf(world, step), step.value, seen),
      );
    else written = await (step.do === 'again' ? repeat(world, replica, step) : decide(process, step));
  };
  const outcome = await outcomeOf(world, process, step.do, call);
  if (outcome !== 'done') return outcome;
  const events = written.filter((event) => event !== undefined);
  for (const { eventId } of events) place.acknowledged.add(eventId);
  await expectSeen(world, place, process, events);
  return events.map((event) => `${dotOf(event.replicaId, event.seq)} ${event.operation}`).join(', ') || 'nothing';
};

const typeOf = ({ types }: World, { type }: { readonly type: number }): string =>
  types[type % types.length] ?? 'undeclared';

const agents = ['ann', 'bob', 'cid', 'dot'];

type WritingStep = Extract<Step, { readonly do: 'write' | 'edit' | 'remove' | 'group' | 'look' | 'save' }>;

const change = async (
  world: World,
  place: Place,
  { replica, as }: Process,
  step: WritingStep,
  payload: (seen?: Parameters<typeof drawPayload>[3]) => ReturnType<typeof drawPayload>,
): Promise<readonly (ReknitEvent | undefined)[]> => {
  const [resourceType, resourceId] = [typeOf(world, step), String(step.id)];
  const author = as(agents[step.value % agents.length] ?? 'ann');
  const random = createRandom(step.value).split('options');
  const view = await replica.get(resourceType, resourceId);
  const form = `${resourceType} ${resourceId}`;
  switch (step.do) {
    case 'look':
      if (view !== undefined) place.forms.set(form, view.heads);
      return [];
    case 'save': {
      const seen = place.forms.get(form);
      if (view === undefined || seen === undefined) return [];
      place.forms.delete(form);
      return [await author.update(resourceType, resourceId, payload(view.fields), { seen })];
    }
    case 'remove':
      return [await author.delete(resourceType, resourceId)];
    case 'edit':
      return [await author.edit(resourceType, resourceId, ({ fields }) => payload(fields))];
    case 'group': {
      const [first, second] = [0, 1].map((add) => String((step.id + add) % world.plan.shape.resources));
      return author.commit([
        write.update(resourceType, first ?? '0', payload(view?.fields ?? {})),
        write.update(resourceType, second ?? '0', payload({})),
      ]);
    }
    case 'write': {
      const options = {
        ...(random.chance(0.1) ? { priority: random.pick(['low', 'high', 3] as const) } : {}),
        ...(random.chance(0.05) ? { dependsOn: [{ resourceType: random.pick(world.types), resourceId: '0' }] } : {}),
      };
      if (view !== undefined && !view.deleted)
        return [await author.update(resourceType, resourceId, payload(view.fields), options)];
      const fields = payload();
      const isJob = random.chance(0.3);
      const eventId = `job ${world.newId()}`;
      const event = await author.create(resourceType, resourceId, fields, isJob ? { ...options, eventId } : options);
      if (isJob) world.jobs.push({ eventId, resourceType, resourceId, payload: fields });
      return [event];
    }
  }
};

/** The same job once more, here or elsewhere: one event here, twins elsewhere (R6). */
const repeat = async (
  { jobs }: World,
  replica: Replica,
  { which }: Extract<Step, { readonly do: 'again' }>,
): Promise<readonly ReknitEvent[]> => {
  const job = jobs[which % Math.max(jobs.length, 1)];
  if (job === undefined) return [];
  const { eventId, resourceType, resourceId, payload } = job;
  return [await replica.create(resourceType, resourceId, payload, { eventId })];
};

const decide = async (
  { replica, as }: Process,
  step: Extract<Step, { readonly do: 'resolve' | 'undo' }>,
): Promise<readonly ReknitEvent[]> => {
  const status = step.do === 'undo' ? 'resolved' : 'pending_review';
  const found = await replica.conflicts.list({ status, limit: 20 });
  const conflict = found[step.which % Math.max(found.length, 1)];
  if (conflict === undefined) return [];
  const author = as(agents[step.value % agents.length] ?? 'ann');
  return [
    await (step.do === 'undo'
      ? author.conflicts.undo(conflict.conflictId)
      : author.conflicts.resolve(conflict.conflictId, answerTo(conflict, step.value))),
  ];
};

const answerTo = ({ unit, siblings }: ConflictView, value: number): Resolution => {
  const random = createRandom(value);
  if (unit.kind === 'dependency') return { apply: random.pick(['restore', 'detach', 'cascade', 'keep'] as const) };
  if (unit.kind === 'existence') return { value: random.pick(['alive', 'deleted']) };
  if (unit.kind === 'field' && random.chance(0.3)) return { value: random.pick(['decided', 'done']) };
  return { choose: siblings[random.below(siblings.length)]?.eventId ?? '' };
};

/** Who was told that a write is recorded finds it among the heads of what it changed (I25). */
const expectSeen = async (
  world: World,
  place: Place,
  process: Process,
  events: readonly ReknitEvent[],
): Promise<void> => {
  const last = new Map<ResourceKey, ReknitEvent>(events.map((event) => [resourceKeyOf(event), event]));
  for (const event of last.values()) {
    let found: Awaited<ReturnType<Replica['get']>>;
    const outcome = await outcomeOf(world, process, 'get', async () => {
      found = await process.replica.get(event.resourceType, event.resourceId);
    });
    const dot = dotOf(event.replicaId, event.seq);
    const isSeen = found?.heads.includes(dot) === true || isJob(event) || place.disk.holdings.voids.has(dot);
    if (outcome === 'done' && !isSeen)
      throw new Violation(ownWrites, `${place.name} wrote ${dot}, and sees ${found?.heads.join(', ') ?? 'nothing'}`);
  }
};

const ownWrites = 'who wrote sees what it wrote';

/** A job that is recorded again gives the first event, which may be long past. */
const isJob = ({ eventId }: ReknitEvent): boolean => eventId.startsWith('job ');
