/** Brings a file to the version that a program knows: a step for each version, all in one transaction. */
import type { Database as Driver } from 'better-sqlite3';

/** Brings a file from the version before to this one. */
export type Migration = (driver: Driver) => void;

/** Takes the steps that are missing; whoever comes second finds nothing left to do. */
export const migrateTo = (driver: Driver, steps: readonly Migration[], applicationId: number): void => {
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
