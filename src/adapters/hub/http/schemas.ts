/**
 * The messages of the protocol, once: requests are checked against these, and the description of
 * the interface (OpenAPI) is made of them. Members that nobody knows are passed over, so a newer
 * replica can talk to an older hub. Events are checked by the parser that replicas use, one by one.
 */
import { z } from '@hono/zod-openapi';
import { isJsonObject } from '../../../domain/shared/json.js';
import { isDot } from '../../../domain/causality/dot.js';
import { eventLimits } from '../../../domain/events/limits.js';
import type { HubLimits } from '../options.js';

export const protocolVersion = 1;

/** It holds what was refused and why; a replica keeps none that is longer. */
const refusalReceiptCharsMax = 10_000;
const id = z.string().min(1).max(eventLimits.idCharsMax);
const natural = z.number().int().nonnegative();
const opaque = z.string().max(4_096);
const dot = z.string().refine(isDot, 'it must be a dot (replicaId:seq)').openapi({ example: 'laptop:12' });
const range = z.tuple([natural, natural]);

const byReplica = <Value extends z.ZodType>(value: Value) => z.record(id, value);

/** Looked at by hand: it may have as many members as a body holds, and comes before anybody has said who is there. */
const isCut = (value: unknown): boolean => {
  if (!isJsonObject(value)) return false;
  for (const replicaId in value) {
    const seq = value[replicaId] as number;
    if (replicaId.length > eventLimits.idCharsMax || !Number.isSafeInteger(seq) || seq < 0) return false;
  }
  return true;
};

const cut = z.custom<Readonly<Record<string, number>>>(isCut, 'it must be an object from replica to number').openapi({
  type: 'object',
  additionalProperties: { type: 'integer', minimum: 0 },
  description: 'What the caller has; need not be sent again.',
});

export const requestSchemas = ({ eventsMax, replicasMax, scopeMax }: HubLimits) => {
  const scope = z
    .object({
      resourceTypes: z.array(id).max(scopeMax).optional(),
      resources: z
        .array(z.tuple([id, id]))
        .max(scopeMax)
        .optional(),
    })
    .openapi('Scope', { description: 'A part of the log: these types, and these resources besides.' });
  const reading = {
    replicaId: id,
    cursor: opaque.optional(),
    cut: cut.optional(),
    cutAt: opaque.optional().openapi({
      description:
        'The `head` of the greeting before the cut was compared: what stands after it is given all the same.',
    }),
    own: z
      .object({ seq: natural, hash: z.string().max(200) })
      .optional()
      .openapi({ description: "How far the caller's own events are known to be here, and the last one's hash." }),
    scope: scope.optional(),
  };
  return {
    hello: z
      .object({
        protocol: z.literal(protocolVersion),
        replicaId: id,
        policy: z.string().max(200).optional(),
        now: z.number().optional().openapi({ description: "The caller's wall clock, in milliseconds since 1970." }),
        lastSeq: natural.optional(),
        lastHash: z.string().max(200).optional(),
        mark: opaque.optional(),
      })
      .openapi('HelloRequest'),
    heads: z
      .object({
        replicaId: id.optional(),
        replicaIds: z.array(id).max(replicasMax),
        at: z.array(natural).max(replicasMax).optional().openapi({
          description: 'Parallel to the ids: a number of each whose hash is wanted; 0 for none.',
        }),
      })
      .openapi('HeadsRequest'),
    push: z
      .object({
        replicaId: id,
        events: z
          .array(
            z.object({
              event: z.unknown().optional(),
              receipt: z.string().max(refusalReceiptCharsMax).optional(),
              refused: z.string().max(refusalReceiptCharsMax).optional().openapi({
                description: "In place of an event: the hub's own receipt of a refusal that it published once.",
              }),
            }),
          )
          .max(eventsMax),
        retry: z.boolean().optional(),
      })
      .openapi('PushRequest'),
    pull: z.object({ ...reading, limit: z.number().int().positive() }).openapi('PullRequest'),
    live: z.discriminatedUnion('type', [
      z.object({ type: z.literal('start'), token: z.string().max(1_000).optional(), ...reading }),
      z.object({ type: z.literal('ack'), cursor: opaque }),
      z.object({ type: z.literal('ping') }),
      z.object({ type: z.literal('pong') }),
    ]),
  };
};

export type RequestSchemas = ReturnType<typeof requestSchemas>;
export type HelloRequest = z.infer<RequestSchemas['hello']>;
export type HeadsRequest = z.infer<RequestSchemas['heads']>;
export type PushRequest = z.infer<RequestSchemas['push']>;
export type PullRequest = z.infer<RequestSchemas['pull']>;
export type LiveMessage = z.infer<RequestSchemas['live']>;
export type LiveStart = Extract<LiveMessage, { readonly type: 'start' }>;

const head = z.object({ seq: natural, hash: z.string().nullable() });

const receipt = z.string().openapi({ description: "The hub's own proof that it held the event." });
const refusal = { code: z.string(), message: z.string() };
/** Only where the event is from the future: how far, for its author to know (R10). */
const ahead = { aheadMs: natural.optional() };

export const answerSchemas = {
  hello: z
    .object({
      protocol: z.literal(protocolVersion),
      hubId: z.string(),
      epoch: z.string(),
      now: natural,
      policy: z.string().nullable(),
      known: head,
      mark: z.enum(['known', 'unknown', 'none']),
      head: z.string().openapi({ description: 'The end of the log, as a mark.' }),
      limits: z.object({ bodyBytesMax: natural, eventsMax: natural, eventBytesMax: natural, skewMsMax: natural }),
    })
    .openapi('Hello'),
  heads: z.object({ heads: byReplica(head.extend({ at: z.string().nullable().optional() })) }).openapi('Heads'),
  push: z
    .object({
      verdicts: z.array(
        z.discriminatedUnion('type', [
          z.object({ type: z.enum(['accepted', 'duplicate']), receipt, ...ahead }),
          z.object({
            type: z.literal('parked'),
            missing: z.array(dot),
            wanted: z.object({ replicaId: id, fromSeq: natural }).optional(),
            ...ahead,
          }),
          z.object({ type: z.literal('refused'), ...refusal, published: z.boolean() }),
        ]),
      ),
      mark: z.string(),
    })
    .openapi('PushAnswer'),
  pull: z
    .object({
      entries: z.array(
        z.union([
          z.object({ event: z.record(z.string(), z.unknown()), receipt }),
          z.object({ refused: z.object({ dot, hash: z.string(), eventId: z.string(), ...refusal, receipt }) }),
        ]),
      ),
      skipped: byReplica(z.array(range)),
      cursor: z.string(),
      mark: z.string(),
      more: z.boolean(),
    })
    .openapi('Page'),
  problem: z.object({ error: z.looseObject({ code: z.string(), message: z.string() }) }).openapi('Problem'),
};

export type HeadsAnswer = z.infer<typeof answerSchemas.heads>;
export type HelloAnswer = z.infer<typeof answerSchemas.hello>;
export type PushAnswer = z.infer<typeof answerSchemas.push>;
export type PushVerdict = PushAnswer['verdicts'][number];
