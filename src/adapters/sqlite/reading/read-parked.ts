/** What waits, by position. */
import type { Page } from '../../../application/ports/event-store.js';
import type { Base } from '../base.js';
import { pageOf } from './pages.js';
import { parkedColumns, readParkedRow, type ParkedRow, type PlacedParked } from '../rows/parked-rows.js';

export const readParked = (
  { after, limit }: { readonly after: number; readonly limit: number },
  base: Base,
): Page<PlacedParked> => {
  const rows = base.connection
    .rows<ParkedRow>(`SELECT ${parkedColumns} FROM parked WHERE n > ? AND reason <> 'refused' ORDER BY n LIMIT ?`)
    .all(after, limit + 1);
  return pageOf(
    rows.map((row) => readParkedRow(row, base)),
    limit,
    ({ position }) => position,
  );
};
