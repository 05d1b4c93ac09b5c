/**
 * The story: a laptop and a phone, three agents, and a day offline. Everything that it says
 * is read from the two files after they have met, and checked.
 */
import { isReknitError, type ConflictView, type Replica } from '../../index.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import { sideText } from '../output/event-text.js';
import type { Session } from '../session.js';
import { withDemoFolder } from './demo-folder.js';
import { openStage, type Stage } from './stage.js';

export const runStory = (session: Session, isKept: boolean): Promise<ExitCode> =>
  withDemoFolder(isKept, async (folder) => {
    const { output } = session;
    const stage = await openStage(session, folder);
    try {
      await together(stage);
      await apart(stage);
      await silently(stage);
      await byRule(stage);
      await deleteAgainstUpdate(stage);
      await twoResolutions(stage);
      await byAPerson(stage);
      await why(stage);
      const digest = await theEnd(stage);
      output.document({ ok: true, claims: stage.claims, digest, ...(isKept ? { folder } : {}) });
      if (isKept) output.line(`\nThe files are kept: reknit log --db ${folder}/laptop.db`);
      return exitCodes.fine;
    } catch (error) {
      if (!isReknitError(error, 'demo_failed')) throw error;
      output.error(error);
      return exitCodes.no;
    } finally {
      await stage.close();
    }
  });

const field = async (replica: Replica, id: string, name: string): Promise<unknown> =>
  (await replica.get('feature', id))?.fields[name];

const conflictOf = async (
  { laptop }: Stage,
  id: string,
  about: string,
  status: ConflictView['status'],
): Promise<ConflictView | undefined> => {
  const found = await laptop.conflicts.list({ status, resource: { resourceType: 'feature', resourceId: id } });
  return found.find(({ unit }) => (unit.kind === 'field' ? unit.field === about : unit.kind === about));
};

const together = async ({ laptop, phone, at, reconnect, chapter, tell, claim }: Stage): Promise<void> => {
  chapter('09:00  Together: a laptop and a phone keep a list of features, each in a file of its own');
  at('09:00');
  await laptop.create('feature', 'search', { title: 'Search', status: 'todo', owner: 'nobody', release: 'undecided' });
  await laptop.create('feature', 'export', { title: 'Export', status: 'todo', owner: 'nobody', release: 'undecided' });
  await laptop.create('feature', 'dark-mode', { title: 'Dark mode', status: 'todo' });
  await reconnect();
  tell('ada and the program "robot" work on the laptop, sam on the phone.');
  claim((await laptop.digest()) === (await phone.digest()), 'both devices hold the same three features');
};

const apart = async ({ laptop, phone, at, reconnect, chapter, tell }: Stage): Promise<void> => {
  const robot = laptop.as('robot');
  chapter('10:00  Apart: no network; everybody goes on working');
  at('10:01');
  await laptop.update('feature', 'search', { title: 'Search everything' });
  tell('laptop  10:01  ada    renames search to "Search everything"');
  at('10:02');
  await phone.update('feature', 'search', { status: 'in progress' });
  tell('phone   10:02  sam    sets the status of search to "in progress"');
  at('10:05');
  await robot.update('feature', 'export', { title: 'Export to CSV' });
  tell('laptop  10:05  robot  renames export to "Export to CSV"');
  at('10:07');
  await phone.update('feature', 'export', { title: 'Export to Excel' });
  tell('phone   10:07  sam    renames export to "Export to Excel"');
  at('10:10');
  await laptop.update('feature', 'search', { owner: 'ada' }, { priority: 'high', note: 'promised to a customer' });
  tell('laptop  10:10  ada    takes search, with high priority');
  at('10:15');
  await phone.update('feature', 'search', { owner: 'sam' });
  tell('phone   10:15  sam    takes search, five minutes later');
  at('10:20');
  await robot.delete('feature', 'dark-mode', { note: 'no activity' });
  tell('laptop  10:20  robot  deletes dark-mode');
  at('10:25');
  await phone.update('feature', 'dark-mode', { status: 'done' });
  tell('phone   10:25  sam    finishes dark-mode');
  at('10:30');
  await laptop.update('feature', 'search', { release: 'May' });
  await laptop.update('feature', 'export', { release: 'v2' });
  tell('laptop  10:30  ada    plans search for "May", export for "v2"');
  at('10:35');
  await phone.update('feature', 'search', { release: 'June' });
  await phone.update('feature', 'export', { release: 'v3' });
  tell('phone   10:35  sam    plans search for "June", export for "v3"');
  at('11:00');
  const events = await reconnect();
  chapter(`11:00  Reconnected: ${events} changes cross, and both devices merge them by the same rules`);
};

const silently = async ({ laptop, phone, claim, tell }: Stage): Promise<void> => {
  const same = await Promise.all(
    [laptop, phone].map(async (device) =>
      [await field(device, 'search', 'title'), await field(device, 'search', 'status')].join(', '),
    ),
  );
  tell('Different fields do not collide; they merge without a word:');
  claim(
    same.every((text) => text === 'Search everything, in progress'),
    'search is "Search everything" (ada) and "in progress" (sam)',
  );
};

const byRule = async (stage: Stage): Promise<void> => {
  const { phone, laptop, claim, tell } = stage;
  tell('The same field changed twice is a conflict. A rule decides, and the losing value is kept:');
  const title = await conflictOf(stage, 'export', 'title', 'resolved');
  claim(
    title?.resolutionStrategy === 'last_write_wins' &&
      (await field(laptop, 'export', 'title')) === 'Export to Excel' &&
      (await field(phone, 'export', 'title')) === 'Export to Excel',
    'last write wins: export is "Export to Excel" (sam 10:07), not "Export to CSV" (robot 10:05)',
  );
  const owner = await conflictOf(stage, 'search', 'owner', 'resolved');
  claim(
    owner?.resolutionStrategy === 'priority_based' &&
      (await field(laptop, 'search', 'owner')) === 'ada' &&
      (await field(phone, 'search', 'owner')) === 'ada',
    'priority wins: search belongs to ada (high), although sam wrote later',
  );
};

const deleteAgainstUpdate = async (stage: Stage): Promise<void> => {
  const { laptop, phone, claim, tell } = stage;
  tell('A delete against a change that it had not seen:');
  const conflict = await conflictOf(stage, 'dark-mode', 'existence', 'resolved');
  const [here, there] = [await laptop.get('feature', 'dark-mode'), await phone.get('feature', 'dark-mode')];
  claim(
    conflict?.conflictType === 'delete_update' &&
      here?.deleted === false &&
      there?.deleted === false &&
      here.fields['title'] === 'Dark mode' &&
      here.fields['status'] === 'done',
    'the change wins: dark-mode lives, "done", and its title is still there',
  );
};

const twoResolutions = async (stage: Stage): Promise<void> => {
  const { laptop, phone, at, reconnect, chapter, claim, tell } = stage;
  chapter('11:05  Two fields are left to people: no rule may decide "release"');
  const pending = await laptop.conflicts.list({ status: 'pending_review' });
  claim(
    pending.length === 2 && (await phone.conflicts.list({ status: 'pending_review' })).length === 2,
    'both devices show the same two conflicts, with the same ids, as pending',
  );
  const conflict = await conflictOf(stage, 'search', 'release', 'pending_review');
  const id = conflict?.conflictId ?? '';
  for (const side of conflict?.siblings ?? []) tell(`  search, release: ${sideText(side)}`);
  at('11:10');
  await laptop.conflicts.resolve(id, { value: 'May' }, { note: 'agreed with the customer' });
  tell('laptop  11:10  ada, offline again, decides for "May"');
  at('11:12');
  await phone.conflicts.resolve(id, { value: 'June' }, { note: 'May is full' });
  tell('phone   11:12  sam, offline as well, decides for "June"');
  at('11:20');
  await reconnect();
  const second = (await laptop.conflicts.list({ status: 'resolved' })).find(
    ({ conflictType }) => conflictType === 'concurrent_resolution',
  );
  claim(
    second !== undefined &&
      (await field(laptop, 'search', 'release')) === 'June' &&
      (await field(phone, 'search', 'release')) === 'June',
    'two decisions are a conflict like any other: here the later one, "June", holds on both',
  );
};

const byAPerson = async (stage: Stage): Promise<void> => {
  const { laptop, phone, at, reconnect, chapter, claim, tell } = stage;
  chapter('11:30  One conflict waits for a person');
  const conflict = await conflictOf(stage, 'export', 'release', 'pending_review');
  const id = conflict?.conflictId ?? '';
  for (const side of conflict?.siblings ?? []) tell(`  export, release: ${sideText(side)}`);
  at('11:30');
  await laptop.conflicts.resolve(id, { choose: 'local' }, { note: 'v2, as ada planned' });
  tell('laptop  11:30  ada chooses her side, "v2"');
  claim(
    (await field(phone, 'export', 'release')) === 'v3' && (await phone.conflicts.get(id))?.status === 'pending_review',
    'the phone has not heard of it: "v3", still marked as pending',
  );
  await reconnect();
  const arrived = await phone.conflicts.get(id);
  claim(
    arrived?.status === 'resolved' &&
      arrived.resolutionStrategy === 'manual' &&
      (await field(phone, 'export', 'release')) === 'v2',
    'the decision arrives with the next contact: "v2" on the phone too, and the conflict is closed',
  );
};

const why = async ({ phone, chapter, claim, tell }: Stage): Promise<void> => {
  chapter('11:40  Asked on the phone: why does search belong to ada?');
  const explanation = await phone.explain('feature', 'search', 'owner');
  const owner = explanation?.fields[0];
  tell(`reknit explain feature search owner: ${owner?.reason ?? ''}`);
  if (owner?.winner !== undefined) tell(`  written ${sideText(owner.winner)}`);
  for (const side of owner?.losers ?? []) tell(`  against ${sideText(side)}`);
  claim(
    owner?.winner?.agentId === 'ada' && owner.losers.some(({ value }) => value === 'sam'),
    'the answer names the winner, the rule and the value that lost',
  );
};

const theEnd = async ({ laptop, phone, chapter, claim, tell }: Stage): Promise<string> => {
  chapter('12:00  The end');
  const [here, there] = [await laptop.digest(), await phone.digest()];
  tell(`laptop  ${here}`);
  tell(`phone   ${there}`);
  claim(here === there, 'equal digests: the same state, the same conflicts, the same decisions');
  const checked = [await laptop.verify(), await phone.verify()];
  claim(
    checked.every(({ ok }) => ok),
    'both files pass verification: every event, every state, the whole audit trail',
  );
  claim(
    (await laptop.status()).conflictsPending === 0,
    'nothing waits for anyone, and nothing that anyone wrote was lost',
  );
  return here;
};
