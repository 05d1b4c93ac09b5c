/**
 * What can happen in a generated history, as records of small numbers. A number is read
 * modulo whatever there is to choose from when its step comes, so every list of steps
 * means something, and a shorter list or a smaller number is a simpler history: that is
 * all that shrinking needs.
 */
import fc from 'fast-check';

export interface Change {
  readonly field: number;
  readonly value: number;
}

export interface WriteStep {
  readonly kind: 'write';
  readonly replica: number;
  readonly resource: number;
  readonly action: number;
  readonly changes: readonly Change[];
  readonly agent: number;
  /** Milliseconds since the replica's last event. */
  readonly ticks: number;
  readonly parents: number;
  readonly priority: number;
  readonly sees: number;
  readonly dependsOn: number;
}

export type Step =
  | WriteStep
  | {
      readonly kind: 'pull';
      readonly to: number;
      readonly from: number;
      readonly resource: number;
      readonly upTo: number;
    }
  | { readonly kind: 'sync-all' }
  /** Another event under a dot that is taken, told to one replica. */
  | {
      readonly kind: 'fork';
      readonly event: number;
      readonly toldTo: number;
      readonly resource: number;
      readonly changes: readonly Change[];
      readonly parents: number;
      readonly keepsEventId: boolean;
    }
  /** Another event under an event id that is taken: the same change again, or another. */
  | { readonly kind: 'same-event-id'; readonly event: number; readonly write: WriteStep; readonly otherChange: boolean }
  /** One replica refers to what another one deletes. */
  | {
      readonly kind: 'refer-and-delete';
      readonly target: number;
      readonly reference: WriteStep;
      readonly deletion: WriteStep;
    }
  /** A person at a replica decides a conflict that stands there, by its id (R28, R29). */
  | { readonly kind: 'settle'; readonly conflict: number; readonly upTo: number; readonly write: WriteStep };

export interface StepKinds {
  readonly forks: boolean;
  readonly sameEventIds: boolean;
  readonly references: boolean;
  readonly settlements: boolean;
}

const small = fc.nat({ max: 15 });
const changes = fc.array(fc.record({ field: small, value: small }), { maxLength: 3 });

const writeStep: fc.Arbitrary<WriteStep> = fc.record({
  kind: fc.constant('write'),
  replica: small,
  resource: small,
  action: small,
  changes,
  agent: small,
  ticks: fc.nat({ max: 2 }),
  parents: small,
  priority: small,
  sees: small,
  dependsOn: small,
});

const pullStep = fc.record({ kind: fc.constant('pull'), to: small, from: small, resource: small, upTo: small });

const syncAllStep = fc.constant({ kind: 'sync-all' } as const);

const forkStep = fc.record({
  kind: fc.constant('fork'),
  event: small,
  toldTo: small,
  resource: small,
  changes,
  parents: small,
  keepsEventId: fc.boolean(),
});

const sameEventIdStep = fc.record({
  kind: fc.constant('same-event-id'),
  event: small,
  write: writeStep,
  otherChange: fc.boolean(),
});

const referAndDeleteStep = fc.record({
  kind: fc.constant('refer-and-delete'),
  target: small,
  reference: writeStep,
  deletion: writeStep,
});

const settleStep = fc.record({
  kind: fc.constant('settle'),
  conflict: small,
  upTo: small,
  write: writeStep,
});

export const stepOf = (kinds: StepKinds): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 12, arbitrary: writeStep },
    { weight: 8, arbitrary: pullStep },
    { weight: 1, arbitrary: syncAllStep },
    { weight: kinds.forks ? 1 : 0, arbitrary: forkStep },
    { weight: kinds.sameEventIds ? 1 : 0, arbitrary: sameEventIdStep },
    { weight: kinds.references ? 2 : 0, arbitrary: referAndDeleteStep },
    { weight: kinds.settlements ? 2 : 0, arbitrary: settleStep },
  );

/** One replica creates every resource, and all others hear of it. */
export const sharedStart = (resourceCount: number): Step[] => [
  ...Array.from({ length: resourceCount }, (_nothing, resource) => ({
    kind: 'write' as const,
    replica: 0,
    resource,
    action: 0,
    changes: [{ field: 0, value: resource }],
    agent: 0,
    ticks: 1,
    parents: 0,
    priority: 0,
    sees: 0,
    dependsOn: 0,
  })),
  { kind: 'sync-all' },
];
