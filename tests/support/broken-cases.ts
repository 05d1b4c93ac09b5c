/** Which cases of a contract a double breaks, in the order in which they stand. */
import type { ContractCase } from '../../src/testing/index.js';

export const casesBrokenBy = async (cases: readonly ContractCase[]): Promise<readonly string[]> => {
  const broken: string[] = [];
  for (const { name, run } of cases) await run().catch(() => broken.push(name));
  return broken;
};
