/** For each replica the longest prefix of its events that is stored without a gap. */
import { vectorFrom, type VersionVector } from '../../domain/causality/version-vector.js';
import type { Base } from './base.js';

export const readCut = ({ connection }: Base): VersionVector =>
  vectorFrom(
    connection.rows<readonly [string, number]>('SELECT replica_id, prefix FROM replica WHERE prefix > 0').all(),
  );
