/**
 * The words that the other parts of the interface share. Members that may be missing are missing, never null: null is
 * a value that somebody wrote. Times are ISO texts, durations milliseconds, lengths UTF-16 code units.
 */
import { z } from '@hono/zod-openapi';
import { isDot } from '../../../domain/causality/dot.js';
import { eventLimits } from '../../../domain/events/limits.js';
import type { Json } from '../../../domain/shared/json.js';

export const natural = z.number().int().nonnegative();
export const id = z.string().min(1).max(eventLimits.idCharsMax);
export const time = z.iso.datetime().openapi({ example: '2026-02-02T10:00:00.000Z' });
export const dot = z
  .string()
  .refine((text): boolean => isDot(text), 'it must be a dot (replicaId:seq)')
  .openapi({ example: 'laptop:12' });
export const json = z
  .custom<Json>((value) => value !== undefined)
  .openapi({
    type: ['object', 'array', 'string', 'number', 'boolean', 'null'],
    description: 'Any JSON value; null is one.',
  });
/** A version vector: for each replica the number of its last event that is included. */
export const cut = z.record(id, natural).openapi({ example: { laptop: 12, phone: 7 } });

export const resourceRef = z.object({ resourceType: id, resourceId: id });

/** A value in a list, however large it is: the beginning of its JSON, which is all of it where `text.length === length`. */
export const valuePreview = z.object({ text: z.string(), length: natural }).openapi('ValuePreview');

/** A value to be looked at: whole, or its beginning with the address (relative to the page) of the whole one. */
export const shownValue = z
  .union([z.object({ value: json }), z.object({ text: z.string(), length: natural, wholeAt: z.string() })])
  .openapi('ShownValue');

/** What is told where something is refused: a stable code, a sentence, and facts. */
export const problem = z.object({ error: z.looseObject({ code: z.string(), message: z.string() }) }).openapi('Problem');

/** A query member that may be given several times; any of the given is accepted. */
export const listOf = <Item extends z.ZodType<string, string>>(item: Item) =>
  z
    .union([item, z.array(item).max(100)])
    .transform((given): readonly z.infer<Item>[] => (Array.isArray(given) ? given : [given]))
    .optional();
export const anyOf = listOf(z.string().max(eventLimits.idCharsMax));
export const wholeNumber = z.coerce.number().int().nonnegative();

export type { Json } from '../../../domain/shared/json.js';
export type ResourceRef = z.infer<typeof resourceRef>;
export type ValuePreview = z.infer<typeof valuePreview>;
export type ShownValue = z.infer<typeof shownValue>;
export type Problem = z.infer<typeof problem>;
