/** Clocks that say the same, and one that is wrong. Where no clock takes part in what wins there is nothing to see. */
import { verdictOnEdits } from './editing.js';
import { doAgree, featureId, lostText, openPair, syncTwice, toldBy, type Scenario, type Verdict } from './scenario.js';

const noClock: Verdict = { type: 'not applicable', reason: 'no clock takes part in what wins' };

export const equalTimestamps: Scenario = async (stage) => {
  if (!stage.system.hasClock) return noClock;
  const frozenMs = Date.now();
  const [left, right] = await openPair(stage, { left: () => frozenMs, right: () => frozenMs });
  await left.update([[featureId, { status: 'doing' }]]);
  await right.update([[featureId, { status: 'dropped' }]]);
  await syncTwice(stage.system, left, right);
  return verdictOnEdits(left, right);
};

const yearMs = 365 * 24 * 60 * 60 * 1_000;

/**
 * One side is a year ahead and edits; the other edits later, and once more when it has seen what the first wrote. They
 * meet through a hub whose clock is right.
 */
export const aYearAhead: Scenario = async (stage) => {
  if (!stage.system.hasClock) return noClock;
  let isAhead = false;
  const [left, right] = await openPair(stage, { left: () => Date.now() + (isAhead ? yearMs : 0) });
  const hub = await stage.openHub();
  const meet = async (): Promise<void> => {
    for (const replica of [left, right, left, right]) await hub.sync(replica);
  };
  await meet();
  isAhead = true;
  await left.update([[featureId, { status: 'doing' }]]);
  await right.update([[featureId, { status: 'dropped' }]]);
  await meet();
  const shown = (await right.read())[featureId]?.['status'];
  const loser = await right.find(featureId, 'status', shown === 'doing' ? 'dropped' : 'doing');
  const told = await toldBy([left, right]);
  await right.update([[featureId, { status: 'done' }]]);
  await meet();
  const after = (await left.read())[featureId]?.['status'];
  const afterwards = (await right.read())[featureId]?.['status'];
  const agreed = await doAgree(left, right);
  await hub.close();
  const first = `${shown === 'doing' ? 'the early edit of the wrong clock' : 'the edit made later'} wins (the other lost: ${lostText(loser)})`;
  const then = after === 'done' ? 'the next edit of whoever has seen it stands' : 'the next edit is hidden too';
  const lost = agreed
    ? `${first}, and ${then}`
    : `the sides stay apart: one shows "${String(after)}", the other "${String(afterwards)}"`;
  return { type: 'run', lost, told, agreed };
};
