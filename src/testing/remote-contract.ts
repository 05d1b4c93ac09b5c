/**
 * The contract of the remote port as cases for any test runner: each is named after the
 * sentence of the contract that it checks, gets an empty remote of its own, and throws where
 * the sentence does not hold.
 *
 *     for (const { name, run } of remoteContract(createMine)) test(name, run);
 *
 * M7 asks something of the caller, so no case here is about it.
 */
import { vectorFrom } from '../domain/causality/version-vector.js';
import { isReknitError } from '../domain/shared/errors.js';
import type { Remote } from '../application/ports/remote.js';
import { eventOf, sealed, story } from './contract-story.js';
import {
  abortedSignal,
  allAre,
  check,
  cursorAtEnd,
  failureOf,
  isHeld,
  nothing,
  pullAll,
  pushAll,
  sameEvents,
} from './remote-calls.js';

/** One remote, empty at first, to which several can connect. */
export interface RemoteSubject {
  readonly connect: () => Promise<Remote>;
  /** To another remote of the same kind, empty at first as well. */
  readonly connectElsewhere: () => Promise<Remote>;
  /** Called when the case is over, whatever came of it. The connections are closed by then. */
  readonly dispose?: () => Promise<void>;
}

/** One case, for any test runner. */
export interface ContractCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

interface Connections {
  readonly connect: () => Promise<Remote>;
  readonly connectElsewhere: () => Promise<Remote>;
}

/** The cases that every remote has to pass. */
export const remoteContract = (create: () => Promise<RemoteSubject>): readonly ContractCase[] =>
  cases.map(([name, holds]) => ({
    name,
    run: async () => {
      const subject = await create();
      const opened: Remote[] = [];
      const remembered = (connect: () => Promise<Remote>) => async (): Promise<Remote> => {
        const remote = await connect();
        opened.push(remote);
        return remote;
      };
      try {
        await holds({
          connect: remembered(subject.connect),
          connectElsewhere: remembered(subject.connectElsewhere),
        });
      } finally {
        for (const remote of opened) await remote.close();
        await subject.dispose?.();
      }
    },
  }));

const cases: readonly (readonly [name: string, holds: (connections: Connections) => Promise<void>])[] = [
  [
    'M1 parents stand before their children',
    async ({ connect }) => {
      const remote = await connect();
      const events = story();
      await pushAll(remote, events);

      const pulled = await pullAll(remote, 100);
      const places = new Map(pulled.map(({ dot }, place) => [dot, place]));
      for (const { dot, event } of pulled)
        for (const parent of event.parents)
          check((places.get(parent) ?? -1) < (places.get(dot) ?? -1), `${parent} came after its child ${dot}`);
      sameEvents(pulled, events);
    },
  ],
  [
    'M2 pages of any size together give every event once',
    async ({ connect }) => {
      const remote = await connect();
      const events = story();
      await pushAll(remote, events);

      for (const limit of [1, 2, 3, events.length, 100]) sameEvents(await pullAll(remote, limit), events);
    },
  ],
  [
    'M2 what was added meanwhile comes after the cursor, and nothing comes twice',
    async ({ connect }) => {
      const [reader, writer] = [await connect(), await connect()];
      const events = story();
      await pushAll(writer, events.slice(0, 4));
      const first = await reader.pull({ cursor: undefined, cut: nothing, limit: 2 });
      await pushAll(writer, events.slice(4, 7));
      const second = await pullAll(reader, 2, first.cursor);
      sameEvents([...first.events.map(sealed), ...second], events.slice(0, 7));

      const cursor = await cursorAtEnd(reader);
      const none = await reader.pull({ cursor, cut: nothing, limit: 10 });
      check(none.events.length === 0 && !none.more, 'there is something after the end');
      await pushAll(writer, events.slice(7));
      sameEvents(await pullAll(reader, 10, none.cursor), events.slice(7));
    },
  ],
  [
    'M2 a cursor is good for another connection',
    async ({ connect }) => {
      const before = await connect();
      const events = story();
      await pushAll(before, events);
      const page = await before.pull({ cursor: undefined, cut: nothing, limit: 3 });
      await before.close();

      const rest = await pullAll(await connect(), 3, page.cursor);
      sameEvents([...page.events.map(sealed), ...rest], events);
    },
  ],
  [
    'M2 a first reading leaves out what the cut includes',
    async ({ connect }) => {
      const remote = await connect();
      const events = story();
      await pushAll(remote, events);

      const { events: pulled } = await remote.pull({ cursor: undefined, cut: vectorFrom([['ann', 2]]), limit: 100 });
      sameEvents(
        pulled.map(sealed),
        events.filter(({ event }) => !(event.replicaId === 'ann' && event.seq <= 2)),
      );
    },
  ],
  [
    'M3 refuses a cursor of another remote, and what is none',
    async ({ connect, connectElsewhere }) => {
      const [remote, other] = [await connect(), await connectElsewhere()];
      const events = story();
      await pushAll(remote, events);
      await pushAll(other, [...events].filter(({ event }) => event.parents.length === 0).reverse());

      for (const cursor of [await cursorAtEnd(other), 'no cursor']) {
        const error = await failureOf(() => remote.pull({ cursor, cut: nothing, limit: 10 }));
        check(isReknitError(error, 'cursor_unknown'), `the cursor ${cursor} was not refused: ${String(error)}`);
      }
    },
  ],
  [
    'M4 gives a verdict for each event, and takes none twice',
    async ({ connect }) => {
      const [remote, again] = [await connect(), await connect()];
      const events = story();
      allAre(await remote.push(events.slice(0, 3)), 'accepted');

      const mixed = await again.push(events.slice(1, 5));
      allAre(mixed.slice(0, 2), 'duplicate');
      allAre(mixed.slice(2), 'accepted');
      allAre(await remote.push(events.slice(0, 5)), 'duplicate');
      sameEvents(await pullAll(await connect(), 100), events.slice(0, 5));
    },
  ],
  [
    'M4 keeps what it does not know',
    async ({ connect }) => {
      const remote = await connect();
      const event = eventOf('ann', 1, 'one', [], { 'a member of a later version': { deep: [1, null, 'é'] } });
      allAre(await remote.push([event]), 'accepted');

      sameEvents(await pullAll(remote, 1), [event]);
    },
  ],
  [
    'M4 says how many events of the caller it holds without a gap',
    async ({ connect }) => {
      const remote = await connect();
      const known = async (replicaId: string): Promise<number> => (await remote.hello({ replicaId })).knownSeq;
      check((await known('ann')) === 0, 'it holds events before any was pushed');
      const own = ['one', 'two', 'three', 'four', 'five'].map((id, index) => eventOf('ann', index + 1, id, []));
      await pushAll(remote, own.slice(0, 3));
      await remote.push(own.slice(4));

      check((await known('ann')) === 3, 'it holds three without a gap');
      check((await known('bob')) === 0, 'it holds none of another replica');
    },
  ],
  [
    'M4 is known by one name from every connection, and no other remote is',
    async ({ connect, connectElsewhere }) => {
      const [remote, other] = [await connect(), await connectElsewhere()];
      await pushAll(remote, story());
      await pushAll(other, story());
      const nameOf = async (of: Remote): Promise<string> => (await of.hello({ replicaId: 'ann' })).remoteId;

      check((await nameOf(remote)) === (await nameOf(await connect())), 'two connections have two names for it');
      check((await nameOf(remote)) !== (await nameOf(other)), 'two remotes have one name');
    },
  ],
  [
    'M5 an event that waits, or is refused, delays no other',
    async ({ connect }) => {
      const remote = await connect();
      const waiting = eventOf('ann', 1, 'one', ['nobody:1']);
      const sound = eventOf('bob', 1, 'two', []);
      const verdicts = await remote.push([waiting, sound]);

      check(verdicts.length === 2, `two events got ${verdicts.length} verdicts`);
      allAre(verdicts.slice(1), 'accepted');
      check(
        (await pullAll(remote, 100)).some(({ hash }) => hash === sound.hash),
        'the sound event is not given',
      );
    },
  ],
  [
    'M6 a call that was given up can be made again',
    async ({ connect }) => {
      const remote = await connect();
      const events = story();
      const signal = abortedSignal();
      check((await failureOf(() => remote.push(events, signal))) !== undefined, 'a push was not given up');
      check((await remote.push(events)).every(isHeld), 'a push after one that was given up is refused');

      const page = await remote.pull({ cursor: undefined, cut: nothing, limit: 3 });
      const failure = await failureOf(() => remote.pull({ cursor: page.cursor, cut: nothing, limit: 3, signal }));
      check(failure !== undefined, 'a pull was not given up');
      sameEvents([...page.events.map(sealed), ...(await pullAll(remote, 3, page.cursor))], events);
    },
  ],
];
