/** Single events, valid ones with anything that an event may carry: for codecs, stores and remotes. */
import fc from 'fast-check';
import type { ReknitEvent } from '../../domain/events/event.js';
import { parseEvent } from '../../domain/events/parse.js';
import { portableSha256 } from '../../domain/shared/sha256.js';
import { jsonValues } from './json-values.js';

/** Texts that databases, files and protocols damage: quotes, controls, NUL, characters beyond U+FFFF. */
const texts = fc.string({
  unit: fc.constantFrom('a', 'B', '"', "'", '\\', '\u0000', '\n', ':', ' ', 'é', '\uff5e', '😀', '\u2028'),
  minLength: 1,
  maxLength: 8,
});
const members = fc.dictionary(texts, jsonValues(), { maxKeys: 4, noNullPrototype: true });

/** Single events that every boundary takes. */
export const validEvents = (): fc.Arbitrary<ReknitEvent> =>
  fc
    .record({
      eventId: texts,
      replicaId: texts,
      seq: fc.integer({ min: 1, max: 1_000 }),
      agentId: texts,
      resourceType: texts.map((text) => text.replaceAll('\u0000', '0')),
      resourceId: texts,
      operation: fc.constantFrom('create', 'update', 'delete', 'resolve'),
      timestamp: fc.constantFrom('0000-01-01T00:00:00.000Z', '2026-02-02T10:00:00.123Z', '9999-12-31T23:59:59.999Z'),
      counter: fc.constantFrom(0, 1, 0xff_ffff),
      parents: fc.constantFrom([], ['a:1'], ['a:1', 'b:2']),
      payload: members,
      schemaVersion: fc.constantFrom(0, 1, 2),
      more: fc.constantFrom({}, { priority: 'high' }, { priority: -0.5, note: '"' }, { 'Later member': [1, null] }),
    })
    .map(({ more, ...event }) => ({ ...more, ...event }))
    .map((event) => parseEvent(event.operation === 'delete' ? { ...event, payload: {} } : event, portableSha256))
    .filter((result) => result.ok)
    .map((result) => {
      if (!result.ok) throw new Error('what is no event was left out');
      return result.value.event;
    });
