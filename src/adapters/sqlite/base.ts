/** What everything that reads or writes the file works with. */
import type { Connection } from '../sqlite-file/connection.js';
import { dotTextsOf, type DotTexts } from './names/dot-texts.js';
import { eventIdIndex, type EventIdIndex } from './names/event-ids.js';
import { longValuesIn, type LongValues } from './rows/long-values.js';
import { rememberedOf, type Remembered } from './remembered.js';
import { replicasOf, type Replicas } from './names/replicas.js';
import { resourceIdsOf, type ResourceIds } from './names/resource-ids.js';
import { textDictionary, type TextDictionary } from '../sqlite-file/text-dictionary.js';

export interface Base {
  readonly connection: Connection;
  readonly replicas: Replicas;
  readonly agents: TextDictionary;
  readonly types: TextDictionary;
  readonly policies: TextDictionary;
  readonly resources: ResourceIds;
  readonly dots: DotTexts;
  readonly eventIds: EventIdIndex;
  readonly longValues: LongValues;
  readonly remembered: Remembered;
  /** After something was undone: forgets every id that may have gone with it. */
  readonly forgetAll: () => void;
}

export const baseOn = (connection: Connection): Base => {
  const replicas = replicasOf(connection);
  const agents = textDictionary(connection, 'agent', 'agent_id');
  const types = textDictionary(connection, 'resource_type', 'resource_type');
  const policies = textDictionary(connection, 'policy', 'fingerprint');
  const resources = resourceIdsOf(connection, types);
  const longValues = longValuesIn(connection);
  const remembered = rememberedOf(connection, () => {
    replicas.forget();
    longValues.forget();
  });
  const hashKey = connection.values<Buffer>('SELECT hash_key FROM meta').get() ?? Buffer.alloc(8);
  return {
    connection,
    replicas,
    agents,
    types,
    policies,
    resources,
    dots: dotTextsOf(replicas),
    eventIds: eventIdIndex(connection, hashKey),
    longValues,
    remembered,
    forgetAll: () => {
      for (const dictionary of [agents, types, policies, resources]) dictionary.forget();
      remembered.forget();
    },
  };
};
