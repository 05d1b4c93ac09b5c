/** The commands, in the order in which the help lists them. */
import type { AddCommand } from '../command.js';
import { addAudit } from './audit.js';
import { addBackup } from './backup.js';
import { addConflicts } from './conflicts.js';
import { addDesk } from './desk.js';
import { addDemo } from './demo.js';
import { addDiff } from './diff.js';
import { addDigest } from './digest.js';
import { addExplain } from './explain.js';
import { addExport } from './export.js';
import { addHub } from './hub.js';
import { addImport } from './import.js';
import { addList } from './list.js';
import { addLog } from './log.js';
import { addPreview } from './preview.js';
import { addRecord } from './record.js';
import { addRepair } from './repair.js';
import { addResolve } from './resolve.js';
import { addRules } from './rules.js';
import { addShow } from './show.js';
import { addStatus } from './status.js';
import { addSync } from './sync.js';
import { addUndo } from './undo.js';
import { addVerify } from './verify.js';

export const commands: readonly AddCommand[] = [
  addRecord,
  addShow,
  addList,
  addLog,
  addDiff,
  addExplain,
  addConflicts,
  addResolve,
  addUndo,
  addRules,
  addImport,
  addPreview,
  addExport,
  addSync,
  addHub,
  addDesk,
  addStatus,
  addDigest,
  addVerify,
  addRepair,
  addAudit,
  addBackup,
  addDemo,
];
