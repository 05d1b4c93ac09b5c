/**
 * What a file is, found out without opening it as a database: SQLite may change a file by
 * opening it, and a file that is not ours is not ours to change.
 *
 * The header tells enough: magic text, schema version, application, and, for a database of
 * nobody in particular, whether it holds anything (https://www.sqlite.org/fileformat2.html).
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { ReknitError } from '../../domain/shared/errors.js';

export type FileKind = 'missing' | 'empty' | 'ours';

const headerBytes = 108;
const magic = 'SQLite format 3\0';
const schemaVersionOffset = 60;
const applicationIdOffset = 68;
/** The first page's kind and number of entries follow the header proper. */
const schemaPageOffset = 100;
const schemaEntriesOffset = 103;
const leafPage = 13;

/** What a program may call its own. */
export interface FileOwner {
  /** In the header of every file of its. */
  readonly applicationId: number;
  /** The last schema that it knows. */
  readonly versionMax: number;
}

/** Throws for a file that is not to be touched. */
export const checkFile = (file: string, owner: FileOwner): FileKind => {
  if (!existsSync(file)) return 'missing';
  const found = statSync(file);
  if (found.isDirectory()) throw new ReknitError('not_a_database', `${file} is a folder: name a file`, { file });
  if (found.size === 0) return 'empty';
  const header = headerOf(file);
  // The process that was creating it was killed: its journal says how to go on.
  if (existsSync(`${file}-journal`) && (header.every((byte) => byte === 0) || isOf(header, owner))) return 'ours';
  if (header.toString('latin1', 0, magic.length) !== magic)
    throw new ReknitError('not_a_database', `${file} is no SQLite database: name another file`, { file });
  if (isOf(header, owner)) {
    refuseNewer(file, header.readUInt32BE(schemaVersionOffset), owner.versionMax);
    return 'ours';
  }
  if (header.readUInt32BE(applicationIdOffset) === 0 && holdsNothing(file, header)) return 'empty';
  throw new ReknitError('not_a_reknit_database', `${file} belongs to another program: name another file`, { file });
};

const headerOf = (file: string): Buffer => {
  const header = Buffer.alloc(headerBytes);
  try {
    const descriptor = openSync(file, 'r');
    try {
      readSync(descriptor, header, 0, headerBytes, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ReknitError('storage_failed', `${file} cannot be read: ${reason}`, { file }, { cause });
  }
  return header;
};

export const refuseNewer = (file: string, version: number, versionMax: number): void => {
  if (version <= versionMax) return;
  throw new ReknitError(
    'database_newer',
    `${file} was written by a newer version of reknit (schema ${version}, this one knows ${versionMax}): use that version`,
    { file, version, versionMax },
  );
};

const isOf = (header: Buffer, { applicationId }: FileOwner): boolean =>
  header.readUInt32BE(applicationIdOffset) === applicationId;

/** Its schema is a single page without an entry, and no log or journal says otherwise. */
const holdsNothing = (file: string, header: Buffer): boolean =>
  header.readUInt8(schemaPageOffset) === leafPage &&
  header.readUInt16BE(schemaEntriesOffset) === 0 &&
  !['-wal', '-journal'].some((suffix) => existsSync(`${file}${suffix}`) && statSync(`${file}${suffix}`).size > 0);
