/**
 * How the layout came to be what it is: a step for each version. A file of an older version
 * takes the steps that it lacks, all in one transaction, so it is never between two versions.
 * A step that has been released is never edited; the next one changes what it made.
 */
import { randomBytes } from 'node:crypto';
import type { Database as Driver } from 'better-sqlite3';
import { migrateTo, type Migration } from '../../sqlite-file/migrate.js';
import { hashKeyBytes } from '../names/event-ids.js';
import { leaseSql } from '../rows/lease-rows.js';
import { explainedSchemaSql } from './explained-schema.js';
import { longValueSchemaSql } from './long-value-schema.js';
import { applicationId, schemaSql } from './schema.js';

/** The first is version 1. */
export const migrations: readonly Migration[] = [
  (driver) => {
    driver.exec(schemaSql);
    driver.prepare('INSERT INTO meta (id, hash_key) VALUES (1, ?)').run(randomBytes(hashKeyBytes));
  },
  // Several processes of one file, of which one syncs.
  (driver) => {
    driver.exec(leaseSql);
  },
  (driver) => {
    driver.exec(explainedSchemaSql);
  },
  // Long texts and lists in pieces.
  (driver) => {
    driver.exec(longValueSchemaSql);
  },
  // Acts of the audit trail in a short form: nothing changes here, but an older program could not read them.
  () => undefined,
];

export const migrate = (driver: Driver, steps: readonly Migration[] = migrations): void =>
  migrateTo(driver, steps, applicationId);
