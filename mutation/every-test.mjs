/**
 * One test file in which all the tests stand that mutants have to pass. Its first test never ends by itself: it runs
 * the others, again and again, as the runner beside it asks. So everything is loaded once and not once per mutant.
 *
 * Each test is run as if it stood alone, with the hooks of its suites before it.
 */
import { on } from 'node:events';
import { describe, inject, test } from 'vitest';
import { getFn, getHooks } from 'vitest/suite';

/** What is mutated knows no store, and files make tests slow: of those that run on either, the ones in memory do. */
const isOnFile = (name) => name.startsWith('on a file store');

/** For a test that waits for what never comes; long enough for a machine that is busy with other things. */
const waitMsMax = 20_000;

// What Stryker writes into the sources asks this object which mutant is the active one, and counts there.
const stryker = (globalThis[inject('globalNamespace')] ??= {});
stryker.activeMutant = inject('mutantFromStart') ?? undefined;

const files = import.meta.glob([
  '../tests/unit/{audit-chain,branches,bundle-reading,bundle-writing,causality,clock,conflict,decide,differences,evaluate,event-*,field-*,folding}.test.ts',
  '../tests/unit/{joined-pages,merge-*,model,policy,policy-*,refusal-corpus,resource-definition,resource-rules,sequence-*,shared-*}.test.ts',
  '../tests/unit/{rule,run-strategy,strategies,strategy-*,sync-*,text-difference,undo-decision,view,wrong-arguments}.test.ts',
  '../tests/integration/{fields,typed-resource}.test.ts',
  '../tests/integration/scenarios/{bad-input,clocks,deciding,dependencies,identity,looking}.test.ts',
  '../tests/integration/scenarios/{merging,surprises}.test.ts',
  '../tests/property/{convergence,event-graph,fields,rules,sequence,strategies}.test.ts',
]);

test('mutants are run', { timeout: 0 }, async ({ task }) => {
  const tests = new Map(
    task.file.tasks
      .filter(({ type }) => type === 'suite')
      .flatMap(testsOf)
      .map((one) => [one.id, one]),
  );
  const channel = new BroadcastChannel(inject('channel'));
  const questions = on(channel, 'message');
  channel.postMessage({ type: 'ready' });

  for await (const [{ data: question }] of questions) {
    if (question.type === 'end') break;
    channel.postMessage(question.type === 'dry run' ? await dryRun(tests) : await mutantRun(tests, question));
  }

  channel.close();
});

const wanted = (process.env.REKNIT_MUTATION_TESTS ?? '').split(',');
for (const [path, load] of Object.entries(files).filter(([path]) => wanted.some((word) => path.includes(word))))
  describe(path.replace('../', ''), async () => {
    await load();
  });

/** Each by an id that tells it from all others, in files that may give one name twice. */
function testsOf(suite) {
  const timesByName = new Map();
  const walk = ({ tasks }, names, hooks) =>
    tasks.flatMap((task) => {
      const path = [...names, task.name];
      if (task.type === 'suite') return walk(task, path, [...hooks, getHooks(task)]);
      const name = path.join(' > ');
      if (isOnFile(name)) return [];
      const times = (timesByName.get(name) ?? 0) + 1;
      timesByName.set(name, times);
      const id = `${suite.name} > ${name}${times === 1 ? '' : ` (${times})`}`;
      return [{ id, name, fileName: suite.name, task, hooks }];
    });
  return walk(suite, [], [getHooks(suite)]);
}

/** Undefined if nothing failed. */
async function failureOf({ task, hooks }) {
  const run = async () => {
    for (const { beforeAll, beforeEach } of hooks)
      for (const hook of [...beforeAll, ...beforeEach]) await hook(task.context, task.suite);
    await getFn(task)();
  };
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, waitMsMax, 'late');
  });
  try {
    return (await Promise.race([run(), late])) === 'late' ? { isLate: true, message: 'it did not end' } : undefined;
  } catch (error) {
    return { isLate: false, message: String(error?.message ?? error) };
  } finally {
    clearTimeout(timer);
  }
}

/** However busy the machine is with other things. */
function cpuMsSince(started) {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000;
}

async function dryRun(tests) {
  const results = [];
  for (const [id, one] of tests) {
    stryker.currentTestId = id;
    const startedMs = performance.now();
    const startedCpu = process.cpuUsage();
    const failure = await failureOf(one);
    stryker.currentTestId = undefined;
    const timeSpentMs = performance.now() - startedMs;
    const { name, fileName } = one;
    results.push({ id, name, fileName, timeSpentMs, cpuMs: cpuMsSince(startedCpu), failure });
  }
  return { type: 'dry run', results, mutantCoverage: stryker.mutantCoverage };
}

/** Ends with the first test that fails, or passes a place too often, and says whether it is fine without the mutant. */
async function mutantRun(tests, { mutant, tests: wanted }) {
  const isActiveFromStart = stryker.activeMutant !== undefined;
  stryker.activeMutant = mutant;
  const cpuMs = [];
  let ran = 0;
  let failure;
  let isEndless = false;
  while (ran < wanted.length && failure === undefined && !isEndless) {
    const { id, hitLimit } = wanted[ran];
    Object.assign(stryker, { hitCount: 0, hitLimit });
    const startedCpu = process.cpuUsage();
    failure = await failureOf(tests.get(id));
    cpuMs.push(cpuMsSince(startedCpu));
    isEndless = stryker.hitCount > hitLimit;
    ran += 1;
  }
  const { hitCount, hitLimit } = stryker;
  Object.assign(stryker, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });

  const failed = failure && wanted[ran - 1].id;
  const isClean =
    !isActiveFromStart && !failure?.isLate && (!failed || (await failureOf(tests.get(failed))) === undefined);
  return { type: 'mutant run', ran, cpuMs, hitCount, hitLimit, failure, failed, isClean };
}
