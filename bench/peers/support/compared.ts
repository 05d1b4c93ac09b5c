/** What was compared, for the reader to repeat or to doubt. */
import type { FigureTable } from '../../support/figures.js';
import { loadSystem, systemNames } from '../systems/systems.js';

export const comparedTable = async (): Promise<FigureTable> => {
  const systems = await Promise.all(systemNames.map(loadSystem));
  return {
    title: 'What was compared',
    columns: ['system', 'licence', 'set-up', 'a finished write survives', 'after'],
    rows: systems.map(({ name, version, licence, setUp, survives, documentation }) => [
      `${name} ${version}`,
      licence,
      setUp,
      survives,
      documentation.join(' '),
    ]),
  };
};
