/** Makes a resource's state of its text and of what readers see. */
import type { AgentId, Dot, ResourceRef } from '../../../domain/events/event.js';
import type { StoredResource } from '../../../domain/merge/unit-of-work.js';
import type { ResourceState, UnitState, WriteFacts } from '../../../domain/resource/state.js';
import type { ResourceView } from '../../../domain/resource/view.js';
import type { Json, JsonObject } from '../../../domain/shared/json.js';
import type { DotTexts } from '../names/dot-texts.js';
import { operationOf } from './operations.js';
import {
  deletesBit,
  usualPriority,
  type FactsText,
  type RefText,
  type StateText,
  type UnitText,
} from './state-text.js';
import { msToTime, timeToMs } from './times.js';

export const readState = (
  ref: ResourceRef,
  text: string,
  shown: Omit<ResourceView, 'references'>,
  texts: DotTexts,
): StoredResource => {
  const [dotsText, headCount, existence, writers, unusual = {}] = JSON.parse(text) as StateText;
  const dots = texts.read(dotsText);
  const dotAt = (index: number): Dot => dots[index] as Dot;
  const heads = dots.length === headCount ? dots : dots.slice(0, headCount);

  const facts = (unusual.facts ?? []).map(([dot, agentId, timeMs, text]) =>
    readFacts(dotAt(dot), agentId, timeMs, text),
  );

  const units = new Map<string, UnitState>();
  Object.keys(shown.fields)
    .sort()
    .forEach((name, index) => {
      const writer = typeof writers === 'number' ? writers : (writers[index] ?? -1);
      if (writer >= 0)
        units.set(name, {
          siblings: [{ dot: dotAt(writer), value: shown.fields[name], facts: undefined, yielded: false }],
        });
    });
  for (const unit of unusual.units ?? []) units.set(unit.key, readUnit(unit, shown.fields, facts, dotAt));

  const state: ResourceState = {
    ...refOf([ref.resourceType, ref.resourceId]),
    heads,
    existence: isFactsText(existence)
      ? [readFacts(dotAt(0), shown.updatedBy as AgentId, timeToMs(shown.updatedAt), existence)]
      : existence.map((place) => facts[place] as WriteFacts),
    existenceBase: unusual.existenceBase === undefined ? undefined : { value: unusual.existenceBase },
    units,
    dependsOn: (unusual.dependsOn ?? []).map(([dot, targets]) => ({ dot: dotAt(dot), targets: targets.map(refOf) })),
    kept: (unusual.kept ?? []).map(([conflictId, dot]) => ({ conflictId, dot: dotAt(dot) })),
    floor: unusual.floor === undefined ? heads[0] : unusual.floor === null ? undefined : dotAt(unusual.floor),
    branches: unusual.branches === undefined ? undefined : readBranches(unusual.branches, dotAt),
    isLinear: unusual.isBranched !== true,
    hasVoids: unusual.hasVoids === true,
    effect: unusual.effect,
  };
  return { state, view: { ...shown, references: (unusual.references ?? []).map(refOf) } };
};

const readBranches = (lines: readonly number[], dotAt: (index: number) => Dot): ReadonlyMap<Dot, number> => {
  const branches = new Map<Dot, number>();
  for (const [index, line] of lines.entries()) if (line > 0) branches.set(dotAt(index), line);
  return branches;
};

const isFactsText = (existence: FactsText | readonly number[]): existence is FactsText =>
  typeof existence[0] === 'string';

const readUnit = (
  { key, siblings, fields: names, base, accumulated }: UnitText,
  fields: JsonObject,
  allFacts: readonly WriteFacts[],
  dotAt: (index: number) => Dot,
): UnitState => ({
  siblings: siblings.map(([place, yielded, value]) => {
    const facts = place < 0 ? undefined : allFacts[place];
    return {
      dot: facts?.dot ?? dotAt(-1 - place),
      value: names === undefined ? value : pickFields(fields, names),
      facts,
      yielded: yielded === 1,
    };
  }),
  ...(base === undefined ? {} : { base: { value: base[0] } }),
  ...(accumulated === undefined ? {} : { accumulated: { value: fields[key] as Json, ...accumulated } }),
});

const pickFields = (fields: JsonObject, names: readonly string[]): JsonObject => {
  const picked = Object.create(null) as Record<string, Json>;
  for (const name of names) picked[name] = fields[name] as Json;
  return picked;
};

const readFacts = (
  dot: Dot,
  agentId: AgentId,
  timeMs: number,
  [eventId, code, counter, priority = usualPriority]: FactsText,
): WriteFacts => ({
  dot,
  eventId,
  agentId,
  operation: operationOf(code & (deletesBit - 1)),
  timestamp: msToTime(timeMs),
  counter,
  priority,
  deletes: (code & deletesBit) !== 0,
});

const refOf = ([resourceType, resourceId]: RefText): ResourceRef => ({ resourceType, resourceId });
