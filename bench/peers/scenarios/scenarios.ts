/** The scenarios that need nothing but replicas, by the words that the reader sees. */
import { aYearAhead, equalTimestamps } from './clocks.js';
import { childOfDeleted, deleteThenEdit, editThenDelete, twoDecisions, twoEdits } from './editing.js';
import { wipedHub } from './hub.js';
import { lostAcknowledgement } from './interrupted.js';
import type { Scenario } from './scenario.js';

export const scenarios = {
  'two offline edits of one field': twoEdits,
  'a delete, then an edit elsewhere': deleteThenEdit,
  'an edit, then a delete elsewhere': editThenDelete,
  'a part added to a deleted feature': childOfDeleted,
  'equal timestamps': equalTimestamps,
  'a clock a year ahead': aYearAhead,
  'a lost acknowledgement': lostAcknowledgement,
  'a wiped hub': wipedHub,
  'two people deciding one conflict': twoDecisions,
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;
