/**
 * `openReplica`: the front door. Who has a container binds what they want to replace there
 * and calls `openReplicaIn`; everyone else passes plain options.
 */
import 'reflect-metadata';
import { Container } from 'inversify';
import { checkOpenOptions, type Replica } from '../application/index.js';
import { checkArgument, hasMethods } from '../domain/shared/check-argument.js';
import type { OpenOptions } from './open-options.js';
import { replicaModule } from './replica-module.js';
import { tokens } from './tokens.js';

/**
 * Opens a replica, making it on first use.
 *
 * @throws ReknitError `policy_changed`, `not_a_reknit_database`, `database_newer`, and the
 *   codes of the store
 */
export const openReplica = async (options: OpenOptions): Promise<Replica> =>
  openReplicaIn(createReplicaContainer(options));

/** A container with every default bound; rebind a token of `tokens` to replace that part. */
export const createReplicaContainer = (options: OpenOptions): Container => {
  checkOpenOptions(options, 'file');
  const container = new Container();
  container.load(replicaModule(options));
  return container;
};

/** Opens the replica that a container holds, with whatever was bound differently. */
export const openReplicaIn = async (container: Container): Promise<Replica> => {
  checkArgument(hasMethods(container, ['getAsync']), 'openReplicaIn', 'container', 'what createReplicaContainer makes');
  return container.getAsync(tokens.replica);
};
