/**
 * Events of an older version of a type, read in the form of this one. What is stored, hashed and
 * sent on stays as it was written: only the fold sees the new form, so a replica of any version can
 * pass on what another wrote.
 *
 * A step that throws, or that returns what no event could carry, is no reading: then the payload is
 * taken as it was written, and what does not fit is listed with the view, as for any foreign event.
 */
import type { ReknitEvent } from '../events/event.js';
import { deepFreeze } from '../shared/deep-freeze.js';
import { copyJson } from '../shared/copy-json.js';
import { jsonProblem } from '../shared/json-check.js';
import { isJsonObject, type JsonObject } from '../shared/json.js';
import type { AnyResource } from './any-resource.js';

/** Reads events of a type as this version of it understands them. */
export const readerOf = ({ version, upcast }: AnyResource): ((event: ReknitEvent) => ReknitEvent) => {
  if (upcast === undefined) return (event) => event;
  const steps = upcast;
  return (event) => {
    if (event.schemaVersion >= version || event.payload === null || event.operation === 'delete') return event;
    const payload = upcasted(event.payload, event.schemaVersion, version, steps);
    return payload === undefined ? event : { ...event, payload };
  };
};

/** Undefined where nothing changes, or a step failed. */
const upcasted = (
  written: JsonObject,
  from: number,
  to: number,
  steps: NonNullable<AnyResource['upcast']>,
): JsonObject | undefined => {
  let payload = written;
  try {
    // Only the steps there are: an event may claim any version.
    for (const at of Object.keys(steps)
      .map(Number)
      .sort((a, b) => a - b)) {
      const step = steps[at];
      if (at < from || at >= to || step === undefined) continue;
      const next: unknown = step(deepFreeze(copyJson(payload)));
      if (!isJsonObject(next) || jsonProblem(next, 'the payload') !== undefined) return undefined;
      payload = next;
    }
  } catch {
    return undefined;
  }
  // What the step keeps of it, and changes later, must not change the state.
  return payload === written ? undefined : deepFreeze(copyJson(payload));
};
