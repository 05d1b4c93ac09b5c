/** What one tests one's own strategies with, under any test runner. */
export { ambientInputsUsed } from './ambient-inputs.js';
export { conflictCases, fieldConflicts } from './arbitraries/conflict-cases.js';
export { jsonValues } from './arbitraries/json-values.js';
export type { Fault, FaultSchedule, FaultyOptions, SeededFaults } from './faulty/faults.js';
export { faults, scriptedFaults, seededFaults } from './faulty/faults.js';
export { faultyRemote } from './faulty/faulty-remote.js';
export { faultyStore } from './faulty/faulty-store.js';
export type { HubLogOptions, HubLogSubject } from './hub-log-contract.js';
export { hubLogContract } from './hub-log-contract.js';
export type { Law, StrategyLawOptions } from './strategy-laws.js';
export { strategyLaws } from './strategy-laws.js';
export type { KeyValueSubject } from './key-value-contract.js';
export { keyValueContract } from './key-value-contract.js';
export type { ContractCase, RemoteSubject } from './remote-contract.js';
export { remoteContract } from './remote-contract.js';
export type { StorageSubject } from './storage-contract.js';
export { storageContract } from './storage-contract.js';
