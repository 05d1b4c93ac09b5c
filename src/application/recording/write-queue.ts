/**
 * Group commit: writes that are asked for while another is being made durable go together
 * into the next transaction, so a hundred concurrent writes cost a few syncs to disk, not a
 * hundred. One write alone waits for nobody.
 */
export interface WriteQueue<Request, Answer> {
  readonly add: (request: Request) => Promise<Answer>;
  /** When everything that was added is answered. */
  readonly idle: () => Promise<void>;
}

/** Answers each request of a group, or throws for all of them. */
export type WriteGroup<Request, Answer> = (requests: readonly Request[]) => Promise<readonly GroupAnswer<Answer>[]>;

export type GroupAnswer<Answer> = { readonly answer: Answer } | { readonly error: unknown };

interface Entry<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export const createWriteQueue = <Request, Answer>(
  write: WriteGroup<Request, Answer>,
  groupMax: number,
): WriteQueue<Request, Answer> => {
  const waiting: Entry<Request, Answer>[] = [];
  let draining: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    // One turn of the event loop lets writes that are made side by side find each other.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting.splice(0, groupMax);
      try {
        const answers = await write(group.map(({ request }) => request));
        for (const [index, entry] of group.entries()) {
          const answer = answers[index];
          if (answer === undefined) entry.reject(new Error('a write was not answered'));
          else if ('error' in answer) entry.reject(answer.error);
          else entry.resolve(answer.answer);
        }
      } catch (error) {
        for (const entry of group) entry.reject(error);
      }
    }
    draining = undefined;
  };

  return {
    add: (request) =>
      new Promise<Answer>((resolve, reject) => {
        waiting.push({ request, resolve, reject });
        draining ??= drain();
      }),
    idle: async () => {
      await draining;
    },
  };
};
