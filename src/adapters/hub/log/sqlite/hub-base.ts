/** What everything that reads or writes the file works with. */
import type { Connection } from '../../../sqlite-file/connection.js';
import { textDictionary, type TextDictionary } from '../../../sqlite-file/text-dictionary.js';
import { createRecent, type Recent } from './recent.js';

export interface HubBase {
  readonly connection: Connection;
  readonly replicas: TextDictionary;
  readonly resources: TextDictionary;
  readonly recent: Recent;
  /** After something was undone: forgets what may have gone with it. */
  readonly forgetAll: () => void;
}

/** @param recentCharsMax of the canonical forms that are kept in memory */
export const hubBaseOn = (connection: Connection, recentCharsMax: number): HubBase => {
  const replicas = textDictionary(connection, 'replica', 'replica_id');
  const resources = textDictionary(connection, 'resource', 'resource_key');
  const recent = createRecent(recentCharsMax);
  return {
    connection,
    replicas,
    resources,
    recent,
    forgetAll: () => {
      replicas.forget();
      resources.forget();
      recent.forget();
    },
  };
};
