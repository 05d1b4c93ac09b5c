/**
 * Reknit for the benches beside the peers: those stand in a package of their own, from where the name of this one
 * leads nowhere.
 */
export { hubRemote, isReknitError, openReplica, replicaRemote, write } from 'reknit';
export type { ConflictView, Replica } from 'reknit';
export { createHub, openReceiptKey, openSqliteHubLog, openToEveryone, serveHub } from 'reknit/hub';
