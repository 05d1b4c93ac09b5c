/**
 * Opens the replica's file for a command: to read where reading is enough, since looking must
 * not change a file; made anew only by commands that put something into it.
 */
import { existsSync } from 'node:fs';
import { isReknitError, openReplica, ReknitError, type Policy, type Replica } from '../index.js';
import { loadPolicy } from './policy-module.js';
import type { Session } from './session.js';

export type Access = 'read' | 'write' | 'create';

export const withReplica = async <Value>(
  session: Session,
  access: Access,
  use: (replica: Replica) => Promise<Value>,
  file: string = session.file(),
): Promise<Value> => {
  const replica = await openFile(session, access, file);
  try {
    return await use(replica);
  } finally {
    await replica.close();
  }
};

/** What of a session it takes. */
type Opening = Pick<Session, 'agentId' | 'policyPath' | 'signal' | 'output'>;

export const openFile = async (session: Opening, access: Access, file: string): Promise<Replica> => {
  if (access !== 'create' && !existsSync(file))
    throw new ReknitError(
      'file_missing',
      `there is no file ${file}: "reknit import", "reknit record" and "reknit sync" make one`,
      { file },
    );
  const policy = session.policyPath === undefined ? undefined : await loadPolicy(session.policyPath);
  return access === 'read' ? openToRead(session, file, policy) : openToWrite(session, file, policy);
};

/** Another policy than the file's means deriving everything anew, which is written. */
const openToRead = async (session: Opening, file: string, policy: Policy | undefined): Promise<Replica> => {
  const replica = await openReplica({ file, agentId: session.agentId, readOnly: true }).catch((error: unknown) => {
    if (isReknitError(error, 'database_older')) return undefined;
    throw error;
  });
  if (replica === undefined) return openToWrite(session, file, policy);
  if (policy === undefined) return replica;
  const { fingerprint } = (await replica.status()).policy;
  await replica.close();
  if (fingerprint !== policy.fingerprint) return openToWrite(session, file, policy);
  return openReplica({ file, agentId: session.agentId, readOnly: true, policy });
};

const openToWrite = async (
  { agentId, signal, output }: Opening,
  file: string,
  policy: Policy | undefined,
): Promise<Replica> => {
  const progress = output.progress('deriving states under another policy');
  try {
    return await openReplica({
      file,
      agentId,
      signal,
      ...(policy === undefined ? {} : { policy }),
      onRederive: ({ done, resources }) => progress.update(done, resources),
      logger: { debug: () => undefined, info: () => undefined, warn: output.note, error: output.note },
    });
  } finally {
    progress.stop();
  }
};
