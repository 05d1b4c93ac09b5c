/** For each replica the longest prefix of its numbers that is stored or explained here, and the highest of them. */
import { vectorFrom, type VersionVector } from '../../../domain/causality/version-vector.js';
import type { Base } from '../base.js';

export const readCut = ({ connection }: Base): VersionVector =>
  vectorFrom(
    connection.rows<readonly [string, number]>('SELECT replica_id, prefix FROM replica WHERE prefix > 0').all(),
  );

export const readReplicas = ({ connection }: Base): VersionVector =>
  vectorFrom(
    connection.rows<readonly [string, number]>('SELECT replica_id, highest FROM replica WHERE highest > 0').all(),
  );
