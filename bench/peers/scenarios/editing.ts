/** People who work on the same things while they are apart. */
import {
  doAgree,
  feature,
  featureId,
  lostText,
  openPair,
  syncTwice,
  toldBy,
  type Scenario,
  type Stage,
  type Verdict,
} from './scenario.js';
import type { PeerReplica } from '../support/peer-system.js';

/** So that clocks, where there are any, see one after the other. */
const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

const editsOf = async ({ system }: Stage, [left, right]: readonly [PeerReplica, PeerReplica]): Promise<void> => {
  await left.update([[featureId, { status: 'doing' }]]);
  await later();
  await right.update([[featureId, { status: 'dropped' }]]);
  await syncTwice(system, left, right);
};

export const verdictOnEdits = async (left: PeerReplica, right: PeerReplica): Promise<Verdict> => {
  const shown = (await left.read())[featureId]?.['status'];
  const loser = shown === 'doing' ? 'dropped' : 'doing';
  const who = await left.who(featureId, 'status');
  const told = await toldBy([left, right]);
  return {
    type: 'run',
    lost: lostText(await left.find(featureId, 'status', loser)),
    told: who === undefined ? told : `${told}; who decided: ${who}`,
    agreed: await doAgree(left, right),
  };
};

export const twoEdits: Scenario = async (stage) => {
  const pair = await openPair(stage);
  await editsOf(stage, pair);
  return verdictOnEdits(...pair);
};

const verdictOnDelete = async (left: PeerReplica, right: PeerReplica): Promise<Verdict> => {
  const shown = (await left.read())[featureId];
  const missing = Object.keys(feature).filter((field) => shown?.[field] === undefined);
  const lost = async (): Promise<string> => {
    if (shown?.['status'] !== 'doing') return `the edit: ${lostText(await left.find(featureId, 'status', 'doing'))}`;
    return missing.length === 0
      ? 'no: the feature lives, with the edit'
      : `yes: the feature lives, without its ${missing.join(', ')}`;
  };
  return { type: 'run', lost: await lost(), told: await toldBy([left, right]), agreed: await doAgree(left, right) };
};

export const deleteThenEdit: Scenario = async (stage) => {
  const [left, right] = await openPair(stage);
  await left.remove(featureId);
  await later();
  await right.update([[featureId, { status: 'doing' }]]);
  await syncTwice(stage.system, left, right);
  return verdictOnDelete(left, right);
};

export const editThenDelete: Scenario = async (stage) => {
  const [left, right] = await openPair(stage);
  await right.update([[featureId, { status: 'doing' }]]);
  await later();
  await left.remove(featureId);
  await syncTwice(stage.system, left, right);
  return verdictOnDelete(left, right);
};

export const childOfDeleted: Scenario = async (stage) => {
  const [left, right] = await openPair(stage);
  const title = 'a part that somebody wrote';
  await left.remove(featureId);
  await later();
  await right.addChild(featureId, 'part-1', { title });
  await syncTwice(stage.system, left, right);
  const [child] = await left.children();
  const lost = async (): Promise<string> => {
    if (child === undefined) return `the part: ${lostText(await left.find(featureId, 'title', title))}`;
    return child.isParentThere ? 'no: the feature lives, with the part' : 'no: the part names a feature that is gone';
  };
  return { type: 'run', lost: await lost(), told: await toldBy([left, right]), agreed: await doAgree(left, right) };
};

export const twoDecisions: Scenario = async (stage) => {
  const [left, right] = await openPair(stage);
  if (left.choose === undefined || right.choose === undefined)
    return { type: 'not applicable', reason: 'no conflict stands there to be decided' };
  await editsOf(stage, [left, right]);
  await left.choose(featureId, 'status', 'doing');
  await later();
  await right.choose(featureId, 'status', 'dropped');
  await syncTwice(stage.system, left, right);
  return verdictOnEdits(left, right);
};
