/** What the story is played on: two devices with a file each, and a clock that the story sets. */
import { join } from 'node:path';
import { openReplica, replicaRemote, type Replica } from '../../index.js';
import type { Session } from '../session.js';
import { narrator, type Narrator } from './narrator.js';
import { storyPolicy } from './story-policy.js';

export interface Stage extends Narrator {
  readonly laptop: Replica;
  readonly phone: Replica;
  /** Sets the clock of both devices, as `10:05`. */
  readonly at: (time: string) => void;
  /** Both devices meet and exchange what they have. */
  readonly reconnect: () => Promise<number>;
  readonly close: () => Promise<void>;
}

const day = '2026-02-02T';

export const openStage = async ({ output }: Session, folder: string): Promise<Stage> => {
  let nowMs = Date.parse(`${day}09:00:00.000Z`);
  const open = (replicaId: string, agentId: string): Promise<Replica> =>
    openReplica({
      file: join(folder, `${replicaId}.db`),
      agentId,
      replicaId,
      policy: storyPolicy,
      clock: () => nowMs,
      ids: numbered(replicaId),
      // The files are gone in a moment; a power cut may take them.
      durability: 'process',
    });
  const laptop = await open('laptop', 'ada');
  const phone = await open('phone', 'sam');
  return {
    laptop,
    phone,
    at: (time) => {
      nowMs = Date.parse(`${day}${time}:00.000Z`);
    },
    reconnect: async () => {
      const connection = phone.connect(replicaRemote(laptop));
      const { pulled, pushed } = await connection.now();
      await connection.close();
      return pulled + pushed;
    },
    ...narrator(output),
    close: async () => {
      await laptop.close();
      await phone.close();
    },
  };
};

/** Ids that are the same in every run. */
const numbered = (prefix: string): (() => string) => {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-event-${count}`;
  };
};
