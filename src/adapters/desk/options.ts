/**
 * What a desk is made of, who may look at it, and how much it takes. Everything that grows is bounded here by a named
 * number with a unit.
 */
import type { Logger, Replica, RunRulesOptions, SyncConnection } from '../../application/index.js';

/** Rights by resource type, as a hub grants them; who may not read a type is shown nothing that tells of it. */
export interface DeskPerson {
  /** Stands in logs, and is whom a rule's owner is known by. */
  readonly id: string;
  /** In whose name decisions are recorded. */
  readonly agentId: string;
  /** `write` and `delete` are asked for decisions about references, which may empty a field or delete a resource. */
  readonly may: (right: 'read' | 'resolve' | 'write' | 'delete', resourceType: string) => boolean;
  /** Reads every type, those to come included: only then is it shown what is counted over all. */
  readonly readsAll: boolean;
  /** The queue, what waits, and the audit trail; needs `readsAll` too. */
  readonly mayOperate: boolean;
}

/** Who comes with a token. Asked again at every call, so that a revoked one is worth nothing at once. */
export type DeskSignIn = (
  token: string,
  wanted: { readonly agentId: string | undefined; readonly address: string },
) => DeskPerson | undefined | Promise<DeskPerson | undefined>;

/** Time as the desk has it; a test gives its own, and waits for nothing. */
export interface DeskClock {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Runs once, later; answers how to take it back. */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

/** What a desk bears before it answers that it is too much. */
export interface DeskLimits {
  /** Of one request. */
  readonly bodyBytesMax: number;
  /** Sessions at one time; the oldest one ends where another begins. */
  readonly sessionsMax: number;
  /** From signing in to signing in again. */
  readonly sessionMsMax: number;
  /** How long a one-time link opens the desk. */
  readonly linkMsMax: number;
  readonly linksMax: number;
  /** Of one address; who guesses is told to wait. */
  readonly signInsPerMinute: number;
  /** Pages that are told of changes. */
  readonly streamsMax: number;
  readonly streamsPerSessionMax: number;
  /** Silence after which a page is told that the desk lives, and its session is looked at again, if nobody said so before. */
  readonly heartbeatMs: number;
  /** Changes within this time are told together. */
  readonly gatherMs: number;
  /** Conflicts that are searched; beyond it the oldest resolved ones are left out. */
  readonly conflictsMax: number;
  /** Characters of JSON up to which a value is sent whole. */
  readonly wholeCharsMax: number;
  /** Resources that one search by id looks at. */
  readonly scanMax: number;
}

/** What a desk bears unless told otherwise. */
export const defaultDeskLimits: DeskLimits = {
  bodyBytesMax: 1024 * 1024,
  sessionsMax: 1_000,
  sessionMsMax: 12 * 3_600_000,
  linkMsMax: 10 * 60_000,
  linksMax: 20,
  signInsPerMinute: 30,
  streamsMax: 200,
  streamsPerSessionMax: 10,
  heartbeatMs: 15_000,
  gatherMs: 30,
  conflictsMax: 100_000,
  wholeCharsMax: 64 * 1024,
  scanMax: 20_000,
};

/** A connection whose state the desk shows. */
export interface DeskConnection {
  /** What it is connected to. */
  readonly name: string;
  readonly connection: Pick<SyncConnection, 'status' | 'status$' | 'rejected'>;
}

/** What a desk is made of. */
export interface DeskOptions {
  /** The caller's, who also closes it. */
  readonly replica: Replica;
  /** Where the desk is mounted, such as `/desk`. */
  readonly basePath?: string;
  /** Who may come with a token. Without it one-time links alone open the desk, to the replica's agent. */
  readonly signIn?: DeskSignIn;
  /**
   * Calls back when somebody's rights may have changed, such as `watch` of a token list: pages that are open are then
   * asked about at once, and otherwise with the next heartbeat.
   */
  readonly watchSignIns?: (onChange: () => void) => () => void;
  /** The origins under which people open the page, such as `https://desk.example`; this machine's otherwise. */
  readonly origins?: readonly string[];
  /** Of the built page; beside this module otherwise. */
  readonly pageFolder?: string;
  /** Shown in the overview; their refused events can be sent again. */
  readonly connections?: readonly DeskConnection[];
  /** Whether the replica's rules decide while the desk is open (yes), and whose may. */
  readonly rules?: boolean | RunRulesOptions;
  readonly logger?: Logger;
  readonly clock?: DeskClock;
  readonly limits?: Partial<DeskLimits>;
}

/** The clock of this machine. */
export const systemDeskClock: DeskClock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
