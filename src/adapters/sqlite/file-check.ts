/** Which files are a replica's. */
import { checkFile as checkFileOf, type FileKind } from '../sqlite-file/file-check.js';
import { applicationId } from './schema.js';

export { refuseNewer } from '../sqlite-file/file-check.js';

/** Throws for a file that is not to be touched. */
export const checkFile = (file: string, versionMax: number): FileKind =>
  checkFileOf(file, { applicationId, versionMax });
