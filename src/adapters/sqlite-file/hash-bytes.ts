/**
 * Hashes are 64 digits of lower-case hex and take half the room as bytes; any other text stays
 * as it is.
 *
 * The bytes stand in one of a few buffers that are used in turn, since a buffer for each event
 * is what the garbage collector would be busiest with. The driver copies them when a statement
 * runs, and no statement holds as many hashes as there are buffers.
 */
const bytesInHash = 32;
const buffers: readonly Buffer[] = Array.from({ length: 64 }, () => Buffer.alloc(bytesInHash));
let turn = 0;

/** To be bound and run before the next few hashes are written. */
export const hashToBytes = (hash: string): Buffer | string => {
  if (hash.length !== 2 * bytesInHash) return hash;
  turn = (turn + 1) % buffers.length;
  const bytes = buffers[turn] as Buffer;
  return bytes.write(hash, 'hex') === bytesInHash ? bytes : hash;
};

/** The column as a query reads it: text made by SQLite costs a third of bytes that are made text here. */
export const hashText = (column: string): string => `iif(typeof(${column}) = 'blob', lower(hex(${column})), ${column})`;
