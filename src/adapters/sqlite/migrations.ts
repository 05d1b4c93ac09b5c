/**
 * How the layout came to be what it is: a step for each version. A file of an older version
 * takes the steps that it lacks, all in one transaction, so it is never between two versions.
 * A step that has been released is never edited; the next one changes what it made.
 */
import { randomBytes } from 'node:crypto';
import type { Database as Driver } from 'better-sqlite3';
import { hashKeyBytes } from './event-ids.js';
import { applicationId, schemaSql } from './schema.js';

/** Brings a file from the version before to this one. */
export type Migration = (driver: Driver) => void;

/** The first is version 1. */
export const migrations: readonly Migration[] = [
  (driver) => {
    driver.exec(schemaSql);
    driver.prepare('INSERT INTO meta (id, hash_key) VALUES (1, ?)').run(randomBytes(hashKeyBytes));
  },
];

/** Takes the steps that are missing; whoever comes second finds nothing left to do. */
export const migrate = (driver: Driver, steps: readonly Migration[] = migrations): void => {
  if (versionOf(driver) >= steps.length) return;
  driver
    .transaction(() => {
      const version = versionOf(driver);
      for (const step of steps.slice(version)) step(driver);
      driver.pragma(`application_id = ${applicationId}`);
      driver.pragma(`user_version = ${Math.max(version, steps.length)}`);
    })
    .immediate();
};

export const versionOf = (driver: Driver): number => Number(driver.pragma('user_version', { simple: true }));
