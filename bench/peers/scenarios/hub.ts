/** A hub whose disk was lost, and that begins again with nothing at the same place. */
import { rmSync } from 'node:fs';
import { doAgree, feature, toldBy, type Scenario } from './scenario.js';

export const wipedHub: Scenario = async ({ open, openHub, folderOf }) => {
  const [left, right] = [await open('left'), await open('right')];
  const ids = Array.from({ length: 20 }, (_, index) => `feat-${index}`);
  const [ofLeft = '', ofRight = ''] = ids;
  let hub = await openHub();
  await left.create(ids.map((id) => [id, feature]));
  for (const replica of [left, right, left]) await hub.sync(replica);
  await hub.close();
  rmSync(folderOf('hub'), { recursive: true, force: true });

  hub = await openHub();
  await left.update([[ofLeft, { status: 'doing' }]]);
  await right.update([[ofRight, { status: 'dropped' }]]);
  for (const replica of [left, right, left, right]) await hub.sync(replica);
  const told = await toldBy([left, right]);

  const third = await open('third');
  await hub.sync(third);
  const shown = await third.read();
  const isThere = (id: string): boolean => {
    const status = id === ofLeft ? 'doing' : id === ofRight ? 'dropped' : feature.status;
    return shown[id]?.['status'] === status && Object.keys(feature).every((field) => field in (shown[id] ?? {}));
  };
  const gone = ids.filter((id) => !isThere(id)).length;
  const agreed = await doAgree(left, right);
  await hub.close();
  return {
    type: 'run',
    lost:
      gone === 0
        ? 'no: the hub has everything again, for a newcomer too'
        : `${gone} of ${ids.length} features are not at the hub any more, or not whole`,
    told,
    agreed,
  };
};
