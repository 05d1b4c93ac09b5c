/**
 * The second act: a hub and three devices, each a process of its own. One is cut off, all go on working, and it comes
 * back without anybody pressing a button. What is claimed is asked of the processes, and checked.
 */
import { isReknitError, type ConflictView } from '../../../index.js';
import { exitCodes, type ExitCode } from '../../exit-code.js';
import { resolutionText, sideText, unitText } from '../../output/event-text.js';
import { visible } from '../../output/visible.js';
import type { Session } from '../../session.js';
import { withDemoFolder } from '../demo-folder.js';
import { openHubStage, type HubStage } from './hub-stage.js';
import type { Device } from './device.js';

export const runHubStory = (session: Session, isKept: boolean): Promise<ExitCode> =>
  withDemoFolder(isKept, async (folder) => {
    const { output } = session;
    const startedMs = performance.now();
    let stage: HubStage | undefined;
    try {
      stage = await openHubStage(session, folder);
      await live(stage);
      await apart(stage);
      await back(stage);
      const conflicts = await decided(stage);
      await byAPerson(stage);
      const digests = await theEnd(stage);
      const seconds = Number(((performance.now() - startedMs) / 1_000).toFixed(1));
      const { claims } = stage;
      output.document({ ok: true, claims, conflicts, digests, seconds, ...(isKept ? { folder } : {}) });
      if (isKept) output.line(`\nThe files are kept: reknit log --db ${folder}/tablet.db`);
      return exitCodes.fine;
    } catch (error) {
      if (!isReknitError(error, 'demo_failed')) throw error;
      output.error(error);
      return exitCodes.no;
    } finally {
      await stage?.close();
    }
  });

const all = async (devices: readonly Device[], holds: (device: Device) => Promise<boolean>): Promise<boolean> =>
  (await Promise.all(devices.map(holds))).every((does) => does);

const shows =
  (id: string, field: string, value: string) =>
  async (device: Device): Promise<boolean> =>
    (await device.ask('show', id))?.[field] === value;

const digestsOf = (devices: readonly Device[]): Promise<readonly string[]> =>
  Promise.all(devices.map((device) => device.ask('digest')));

const areEqual = (digests: readonly string[]): boolean => new Set(digests).size === 1;

const live = async ({ hub, laptop, phone, tablet, everyone, chapter, tell, claim, until }: HubStage): Promise<void> => {
  chapter('A hub and three devices: four processes, each with a file of its own');
  tell(`hub     process ${hub.pid}, at ${hub.url}: keeps a log, and decides nothing`);
  for (const { name, agent, pid } of everyone) tell(`${name.padEnd(6)}  process ${pid}, where ${agent} works`);
  await until('all devices are live', () =>
    all(everyone, async (device) => (await device.ask('sync')).phase === 'live'),
  );
  await laptop.ask('create', 'search', { title: 'Search', status: 'todo', owner: 'nobody', release: 'undecided' });
  await laptop.ask('create', 'export', { title: 'Export', status: 'todo', owner: 'nobody', release: 'undecided' });
  tell('laptop  ada writes down two features');
  const ms = await until('the others show them', () => all([phone, tablet], shows('export', 'title', 'Export')));
  claim(areEqual(await digestsOf(everyone)), 'phone and tablet show them by themselves');
  tell(`(after ${ms} ms)`);
};

const apart = async ({ laptop, phone, tablet, line, chapter, tell, claim, until }: HubStage): Promise<void> => {
  chapter('The line of the tablet is cut, and everybody goes on working');
  line.cut();
  await until('the tablet notices', async () => (await tablet.ask('sync')).phase !== 'live');
  await laptop.ask('update', 'search', { status: 'in progress' });
  tell('laptop  ada starts with search');
  await laptop.ask('update', 'export', { title: 'Export to CSV', release: 'v2' });
  tell('laptop  ada renames export to "Export to CSV", and plans it for "v2"');
  await laptop.ask('update', 'search', { owner: 'ada' }, { priority: 'high', note: 'promised to a customer' });
  tell('laptop  ada takes search, with high priority');
  await until('the phone shows what the laptop does', () => shows('search', 'owner', 'ada')(phone));
  await phone.ask('update', 'search', { title: 'Search everything' });
  tell('phone   sam renames search to "Search everything"');
  await tablet.ask('update', 'export', { title: 'Export to Excel', release: 'v3' });
  tell('tablet  kim renames export to "Export to Excel", and plans it for "v3"');
  await tablet.ask('update', 'search', { owner: 'kim' });
  tell('tablet  kim takes search');
  await until('laptop and phone are in step', async () => areEqual(await digestsOf([laptop, phone])));
  claim(true, 'laptop and phone stay in step, live, through the hub');
  const { pending, phase } = await tablet.ask('sync');
  claim(
    pending === 2 && phase !== 'live' && (await shows('export', 'title', 'Export to Excel')(tablet)),
    'the tablet works on alone: it shows what kim wrote, and knows that 2 changes wait to be sent',
  );
};

const back = async ({ tablet, everyone, line, chapter, tell, claim, until }: HubStage): Promise<void> => {
  chapter('The line is back; nobody presses a button');
  line.mend();
  const ms = await until('all devices are in step', async () => areEqual(await digestsOf(everyone)));
  await until('the tablet is live', async () => (await tablet.ask('sync')).phase === 'live');
  claim(true, 'the tablet found the hub by itself, and all three are in step');
  tell(`(after ${ms} ms)`);
  claim(
    (await all(everyone, shows('search', 'title', 'Search everything'))) &&
      (await all(everyone, shows('search', 'status', 'in progress'))),
    'different fields merge without a word: search is "Search everything" (sam) and "in progress" (ada)',
  );
};

interface ToldConflict {
  readonly about: string;
  readonly status: string;
  readonly sides: readonly string[];
  readonly decidedBy: string | undefined;
}

const decided = async ({ phone, everyone, chapter, tell, claim }: HubStage): Promise<readonly ToldConflict[]> => {
  chapter('What was changed on both sides is a conflict; each device decided alone, and all alike');
  const conflicts = await phone.ask('conflicts');
  const told = conflicts.map(toldOf);
  for (const [index, conflict] of conflicts.entries()) {
    const { about, sides } = told[index] as ToldConflict;
    tell(`${about}: ${conflict.status === 'resolved' ? resolutionText(conflict) : 'waits for a person'}`);
    for (const side of sides) tell(`    ${side}`);
  }
  const byStrategy = (strategy: string): ConflictView | undefined =>
    conflicts.find(({ resolutionStrategy, status }) => resolutionStrategy === strategy && status === 'resolved');
  claim(
    conflicts.length === 3 &&
      byStrategy('last_write_wins')?.resourceId === 'export' &&
      (await all(everyone, shows('export', 'title', 'Export to Excel'))),
    'last write wins: export is "Export to Excel", as kim wrote without a network',
  );
  claim(
    byStrategy('priority_based')?.resourceId === 'search' && (await all(everyone, shows('search', 'owner', 'ada'))),
    'priority wins: search belongs to ada, although kim wrote later',
  );
  return told;
};

const toldOf = (conflict: ConflictView): ToldConflict => ({
  about: `${visible(conflict.resourceId)}, ${unitText(conflict)}`,
  status: conflict.status,
  sides: conflict.siblings.map(sideText),
  decidedBy: conflict.resolutionStrategy,
});

const byAPerson = async ({ phone, laptop, tablet, everyone, chapter, tell, claim, until }: HubStage): Promise<void> => {
  chapter('The release is for a person to decide');
  const [pending] = (await phone.ask('conflicts')).filter(({ status }) => status === 'pending_review');
  claim(pending?.resourceId === 'export', 'one conflict waits, on all devices: "v2" or "v3" for export');
  await phone.ask('resolve', pending?.conflictId ?? '', { value: 'v3' }, 'asked both');
  tell('phone   sam decides for "v3"');
  await until('the decision arrives', () =>
    all([laptop, tablet], async (device) =>
      (await device.ask('conflicts')).every(({ status }) => status === 'resolved'),
    ),
  );
  claim(await all(everyone, shows('export', 'release', 'v3')), 'the decision reaches laptop and tablet by itself');
};

const theEnd = async ({ everyone, chapter, tell, claim, until }: HubStage): Promise<readonly string[]> => {
  chapter('The end');
  await until('the hub has everything', () =>
    all(everyone, async (device) => (await device.ask('status')).localOnly === 0),
  );
  const digests = await digestsOf(everyone);
  for (const [index, { name }] of everyone.entries()) tell(`${name.padEnd(6)}  ${digests[index]}`);
  claim(areEqual(digests), 'equal digests: the same state, the same conflicts, the same decisions');
  claim(
    await all(everyone, (device) => device.ask('verify')),
    'all files pass verification: every event, every state, the whole audit trail',
  );
  return digests;
};
