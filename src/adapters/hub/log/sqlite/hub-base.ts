/** What everything that reads or writes the file works with. */
import type { Connection } from '../../../sqlite-file/connection.js';
import { textDictionary, type TextDictionary } from '../../../sqlite-file/text-dictionary.js';

export interface HubBase {
  readonly connection: Connection;
  readonly replicas: TextDictionary;
  readonly resources: TextDictionary;
  /** After something was undone: forgets the ids that may have gone with it. */
  readonly forgetAll: () => void;
}

export const hubBaseOn = (connection: Connection): HubBase => {
  const replicas = textDictionary(connection, 'replica', 'replica_id');
  const resources = textDictionary(connection, 'resource', 'resource_key');
  return {
    connection,
    replicas,
    resources,
    forgetAll: () => {
      replicas.forget();
      resources.forget();
    },
  };
};
