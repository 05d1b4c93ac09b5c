/**
 * Pages that are told of changes as they happen: each is told what its person may see and nothing else, and is left
 * alone when nothing of that changed. A page that cannot keep up is closed, and looks at everything when it is back.
 */
import type { DeskCore } from './core.js';
import { asideOf } from './core.js';
import type { LiveMessages } from './api/index.js';
import { maySee } from './inbox/search.js';
import type { IndexNews } from './inbox/conflict-index.js';
import type { DeskPerson } from './options.js';
import { problem } from './problems.js';
import { shownConnection } from './shown/connection.js';

export interface LiveDesk {
  /** The stream's text; ends when the session does. */
  readonly open: (secret: string, address: string, person: DeskPerson) => ReadableStream<Uint8Array>;
  readonly onRules: () => void;
  readonly onAside: () => void;
  /** Somebody's rights may have changed: everybody's are looked at, at once. */
  readonly onRights: () => void;
  /** Whoever leaves, leaves with every page that is open. */
  readonly onLeft: (secret: string) => void;
  readonly close: () => void;
}

interface Stream {
  readonly secret: string;
  readonly address: string;
  person: DeskPerson;
  told: string;
  readonly send: (text: string) => void;
  readonly end: () => void;
}

/** Ids that are named one by one; more are told as "look at everything". */
const namedMax = 500;
const bufferedBytesMax = 256 * 1024;

export const createLiveDesk = (core: Omit<DeskCore, 'onRules' | 'onAside' | 'onLeft' | 'ruleRun'>): LiveDesk => {
  const { index, search, sessions, connections, limits, clock } = core;
  const streams = new Set<Stream>();
  const encoder = new TextEncoder();
  const message = <Name extends keyof LiveMessages>(name: Name, data: LiveMessages[Name]): string =>
    `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

  const sendCounts = async (): Promise<void> => {
    if (streams.size === 0) return;
    const aside = await asideOf(core);
    for (const stream of streams) {
      const text = message('counts', search.counts(stream.person, aside));
      if (text !== stream.told) stream.send(text);
      stream.told = text;
    }
  };
  /** Ids of what is gone tell nothing by themselves, yet only who sees everything is told them. */
  const onNews = ({ conflictIds, resources, all }: IndexNews): void => {
    for (const { person, send } of streams) {
      const ids = conflictIds.filter((id) => {
        const entry = index.get(id);
        return entry === undefined ? person.readsAll : maySee(person, entry);
      });
      const seen = resources.filter(({ resourceType }) => maySee(person, { types: [resourceType] }));
      if (all || ids.length > 0)
        send(message('conflicts', { conflictIds: ids.slice(0, namedMax), all: all || ids.length > namedMax }));
      if (all || seen.length > 0)
        send(
          message('resources', {
            resources: seen.slice(0, namedMax).map(({ resourceType, resourceId }) => ({ resourceType, resourceId })),
            all: all || seen.length > namedMax,
          }),
        );
    }
    void sendCounts().catch(() => undefined);
  };
  const onSync = (): void => {
    const text = message('sync', {
      connections: connections.map(({ name, connection }) => shownConnection(name, connection.status)),
    });
    for (const { person, send } of streams) if (person.mayOperate && person.readsAll) send(text);
  };
  const onRules = (): void => {
    for (const { send } of streams) send(message('rules', {}));
  };
  const onAside = (): void => {
    void sendCounts().catch(() => undefined);
    for (const { send } of streams) send(message('conflicts', { conflictIds: [], all: true }));
  };

  const stopNews = index.watch(onNews);
  let cancelSync: (() => void) | undefined;
  const watching = connections.map(({ connection }) =>
    connection.status$.subscribe(() => {
      cancelSync ??= clock.after(limits.gatherMs, () => {
        cancelSync = undefined;
        onSync();
      });
    }),
  );

  const endSession = (stream: Stream): void => {
    stream.send(message('ended', { code: 'unauthorized', message: 'the session is over: sign in again' }));
    stream.end();
  };
  /** A session may have ended, or its rights changed, since it was last looked at. */
  const refresh = async (stream: Stream): Promise<void> => {
    const session = await sessions.find(stream.secret, stream.address);
    if (session === undefined) return endSession(stream);
    stream.person = session.person;
  };
  const everyone = (look: (stream: Stream) => Promise<void>): Promise<unknown> =>
    Promise.all([...streams].map((stream) => look(stream).catch(() => stream.end())));
  /** What a page shows may be more, or less, than its person may see now. */
  const lookAgain = async (stream: Stream): Promise<void> => {
    await refresh(stream);
    if (!streams.has(stream)) return;
    stream.send(message('conflicts', { conflictIds: [], all: true }));
    stream.send(message('resources', { resources: [], all: true }));
  };
  let cancelBeat: (() => void) | undefined;
  let isClosed = false;
  const beatLater = (): void => {
    if (isClosed) return;
    cancelBeat = clock.after(limits.heartbeatMs, () => {
      void everyone(async (stream) => {
        await refresh(stream);
        if (streams.has(stream)) stream.send(': alive\n\n');
      }).finally(beatLater);
    });
  };
  beatLater();

  return {
    open: (secret, address, person) => {
      const own = [...streams].filter((stream) => stream.secret === secret).length;
      if (streams.size >= limits.streamsMax || own >= limits.streamsPerSessionMax)
        throw problem('too_many_requests', 'too many pages are open: close some', { retryAfterMs: limits.heartbeatMs });
      let stream: Stream | undefined;
      return new ReadableStream<Uint8Array>(
        {
          start: (controller) => {
            const end = (): void => {
              if (stream !== undefined) streams.delete(stream);
              try {
                controller.close();
              } catch {
                // It was closed by the other end.
              }
            };
            stream = {
              secret,
              address,
              person,
              told: '',
              end,
              send: (text) => {
                // Who does not read is not waited for.
                if ((controller.desiredSize ?? 0) <= 0) return end();
                controller.enqueue(encoder.encode(text));
              },
            };
            streams.add(stream);
            stream.send('retry: 2000\n\n');
            void sendCounts().catch(() => undefined);
            onSync();
          },
          cancel: () => {
            if (stream !== undefined) streams.delete(stream);
          },
        },
        new ByteLengthQueuingStrategy({ highWaterMark: bufferedBytesMax }),
      );
    },
    onRules,
    onAside,
    onRights: () =>
      void everyone(lookAgain)
        .then(sendCounts)
        .catch(() => undefined),
    onLeft: (secret) => {
      for (const stream of streams) if (stream.secret === secret) endSession(stream);
    },
    close: () => {
      isClosed = true;
      stopNews();
      cancelBeat?.();
      cancelSync?.();
      for (const one of watching) one.unsubscribe();
      for (const { end } of streams) end();
      streams.clear();
    },
  };
};
