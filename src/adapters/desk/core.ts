/** What every part of a desk works with. */
import type { Logger, Replica, Resolution, RuleRun } from '../../application/index.js';
import type { ConflictIndex } from './inbox/conflict-index.js';
import { maySee, type Aside, type InboxSearch } from './inbox/search.js';
import type { Unit } from '../../domain/index.js';
import type { DeskClock, DeskConnection, DeskLimits, DeskPerson } from './options.js';
import { problem } from './problems.js';
import type { Sessions } from './session/sessions.js';

export interface DeskCore {
  readonly replica: Replica;
  readonly index: ConflictIndex;
  readonly search: InboxSearch;
  readonly sessions: Sessions;
  readonly limits: DeskLimits;
  readonly clock: DeskClock;
  readonly logger: Logger;
  readonly connections: readonly DeskConnection[];
  readonly ruleRun: RuleRun | undefined;
  /** Rules were added, switched or removed. */
  readonly onRules: () => void;
  readonly onAside: () => void;
  /** A session was ended by whose it is. */
  readonly onLeft: (secret: string) => void;
  readonly basePath: string;
  readonly version: string;
}

export const asideOf = ({ replica }: Pick<DeskCore, 'replica'>): Promise<Aside> => replica.review.putAside.list();

/** Unknown and not to be seen are the same to who asks. */
export const visibleTypes = (types: readonly string[], person: DeskPerson, what: string): void => {
  if (!maySee(person, { types })) throw problem('not_found', `there is no such ${what}`);
};

export const notFoundConflict = (conflictId: string) =>
  problem('conflict_not_found', `no conflict "${conflictId}" is known here`, { conflictId });

export const requireResolve = (types: readonly string[], { may }: DeskPerson): void => {
  const lacking = types.find((type) => !may('resolve', type));
  if (lacking !== undefined)
    throw problem('forbidden', `you have no right to resolve "${lacking}": ask who gives rights`, {
      resourceType: lacking,
    });
};

/** A decision about a reference is a write of its own (R28), and takes the right to that too. */
const rightOfAction = { detach: 'write', cascade: 'delete', restore: undefined, keep: undefined } as const;

/** Undefined where the action takes no more than the right to resolve. */
export const lackedFor = (
  action: keyof typeof rightOfAction,
  resourceType: string,
  { may }: DeskPerson,
): 'write' | 'delete' | undefined => {
  const right = rightOfAction[action];
  return right === undefined || may(right, resourceType) ? undefined : right;
};

export const requireAction = (resolution: Resolution, resourceType: string, person: DeskPerson): void => {
  const lacked = 'apply' in resolution ? lackedFor(resolution.apply, resourceType, person) : undefined;
  if (lacked !== undefined)
    throw problem(
      'forbidden',
      `you have no right to ${lacked} "${resourceType}", which this would do: decide otherwise`,
      {
        resourceType,
      },
    );
};

export const requireOperate = ({ mayOperate, readsAll }: DeskPerson): void => {
  if (!mayOperate || !readsAll)
    throw problem(
      'forbidden',
      'the queue, the rules of others and the audit trail are for who may read and write every type',
    );
};

/** What of a conflict's types it takes to see it, for one that is in no list. */
export const typesOf = ({
  resourceType,
  unit,
}: {
  readonly resourceType: string;
  readonly unit: Unit;
}): readonly string[] => (unit.kind === 'dependency' ? [resourceType, unit.target.resourceType] : [resourceType]);
