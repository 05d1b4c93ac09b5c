/** A store in memory that gives settled values back as one on disk does: without who wrote them, since that stands in the log. */
import { createMemoryStore } from '../../src/adapters/memory/memory-store.js';
import type { EventStore } from '../../src/application/ports/event-store.js';
import type { ResourceState } from '../../src/domain/resource/state.js';

const spare = (state: ResourceState): ResourceState => ({
  ...state,
  units: new Map(
    [...state.units].map(([key, unit]) => [
      key,
      unit.siblings.length > 1
        ? unit
        : { ...unit, siblings: unit.siblings.map((write) => ({ ...write, facts: undefined })) },
    ]),
  ),
});

export const createSpareStore = (): EventStore => {
  const store = createMemoryStore();
  return {
    ...store,
    load: async (request) => {
      const loaded = await store.load(request);
      return { ...loaded, states: new Map([...loaded.states].map(([key, state]) => [key, spare(state)])) };
    },
    loadWorld: async (request) => {
      const world = await store.loadWorld(request);
      return {
        ...world,
        resources: new Map(
          [...world.resources].map(([key, stored]) => [key, stored && { ...stored, state: spare(stored.state) }]),
        ),
      };
    },
  };
};
