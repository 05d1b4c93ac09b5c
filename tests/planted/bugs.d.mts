/** A wrong change, and the tests that have to notice it. */
export interface PlantedBug {
  readonly name: string;
  readonly why: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly tests: readonly string[];
  readonly hangs?: boolean;
}

export declare const plantedBugs: readonly PlantedBug[];
