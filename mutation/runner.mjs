/**
 * Runs mutants for Stryker in a process that stays warm: see every-test.mjs. Stryker's own runner for Vitest loads
 * everything anew for each mutant, and calls a mutant a survivor where a run was lost (stryker-js issues 6073, 6213).
 *
 * A test that fails is run once more without the mutant. If it fails then too, an earlier mutant may have left
 * something behind: the process is replaced, and the mutant tried again.
 *
 * Most of the time goes to mutants that nothing notices. So those tests come first that most likely notice one for the
 * time they take, as the mutants so far have shown; and the rest is not run once `testsMsMax` are used up.
 */
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus, determineHitLimitReached } from '@stryker-mutator/api/test-runner';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createVitest } from 'vitest/node';

const channelName = 'reknit mutants';
/** What a mutant may cost that nothing notices: the time of a processor, however busy that is, that its tests take without it. */
const testsMsMax = Number(process.env.REKNIT_MUTATION_TESTS_MS || 500);
/** A clock that tells no less, so that no test looks as if it were for nothing. */
const testMsLeast = 0.2;
/** A loop without an end is one that passes a place so many times more often than it should. */
const hitFactor = 20;
const hitsLeast = 2_000;
/** In the sandbox: what the dry run found out, for the process that takes over after a mutant that never ended. */
const dryRunFile = 'mutation/.dry-run.json';

class WarmRunner {
  #worker;
  #known;
  #countsById = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun() {
    const answer = await this.#ask({ type: 'dry run' });
    if (answer === undefined) return { status: DryRunStatus.Error, errorMessage: 'the tests cannot be loaded' };
    const tests = answer.results.map(({ id, name, fileName, timeSpentMs, failure }) => ({
      id,
      name,
      timeSpentMs,
      fileName: resolve(fileName),
      ...(failure === undefined
        ? { status: TestStatus.Success }
        : { status: TestStatus.Failed, failureMessage: failure.message }),
    }));
    const { mutantCoverage } = answer;
    const msById = Object.fromEntries(answer.results.map(({ id, cpuMs }) => [id, cpuMs]));
    writeFileSync(dryRunFile, JSON.stringify({ msById, hitsById: mutantCoverage?.perTest ?? {} }));
    return { status: DryRunStatus.Complete, tests, mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, mutantActivation }) {
    const mutant = activeMutant.id;
    const isStatic = mutantActivation === 'static';
    const tests = this.#bestFirst(testFilter, mutant, isStatic);
    if (isStatic) await this.#end();
    for (;;) {
      const isFresh = this.#worker === undefined;
      const answer = await this.#ask({ type: 'mutant run', mutant, tests }, isStatic ? mutant : undefined);
      if (answer === undefined) {
        await this.#end();
        return { status: MutantRunStatus.Killed, killedBy: [], failureMessage: 'it cannot be loaded', nrOfTests: 0 };
      }
      if (!answer.isClean) await this.#end();
      if (!answer.isClean && !isFresh && !answer.failure?.isLate) continue;
      this.#count(tests, answer);
      return resultOf(answer);
    }
  }

  /** By the chance that a test notices, over the time that it takes: what the first tries cost least for. */
  #bestFirst(ids, mutant, isStatic) {
    const { msById, hitsById } = this.#dryRunResults();
    const msOf = (id) => Math.max(msById[id] ?? 0, testMsLeast);
    const worth = (id) => {
      const { ran, noticed } = this.#countsById.get(id) ?? { ran: 0, noticed: 0 };
      return (noticed + 1) / (ran + 2) / msOf(id);
    };
    const ordered = (ids ?? Object.keys(msById))
      .map((id) => ({ id, worth: worth(id) }))
      .toSorted((a, b) => b.worth - a.worth);
    let ms = 0;
    const affordable = ordered.filter(({ id }, index) => {
      const isAffordable = isStatic || index === 0 || ms + msOf(id) <= testsMsMax;
      if (isAffordable) ms += msOf(id);
      return isAffordable;
    });
    return affordable.map(({ id }) => ({ id, hitLimit: hitsLeast + hitFactor * (hitsById[id]?.[mutant] ?? 0) }));
  }

  #dryRunResults() {
    const nothing = { msById: {}, hitsById: {} };
    this.#known ??= existsSync(dryRunFile) ? JSON.parse(readFileSync(dryRunFile, 'utf8')) : nothing;
    return this.#known;
  }

  /** What a test takes is known better each time: when it ran first, much was compiled for it. */
  #count(tests, { ran, failure, cpuMs }) {
    const { msById } = this.#dryRunResults();
    for (const [index, { id }] of tests.slice(0, ran).entries()) {
      const before = this.#countsById.get(id) ?? { ran: 0, noticed: 0 };
      const isNoticed = failure !== undefined && index === ran - 1;
      if (!isNoticed) msById[id] = Math.min(msById[id] ?? Infinity, cpuMs[index]);
      this.#countsById.set(id, { ran: before.ran + 1, noticed: before.noticed + (isNoticed ? 1 : 0) });
    }
  }

  async dispose() {
    await this.#end();
  }

  /** Undefined where the sources or the tests cannot be loaded. */
  async #ask(question, mutantFromStart) {
    this.#worker ??= await start(mutantFromStart);
    const { channel, ended } = this.#worker;
    const answered = once(channel, 'message').then(([{ data }]) => data);
    channel.postMessage(question);
    return Promise.race([answered, ended]);
  }

  async #end() {
    if (this.#worker === undefined) return;
    const { channel, ended, vitest } = this.#worker;
    this.#worker = undefined;
    channel.postMessage({ type: 'end' });
    await ended;
    channel.close();
    await vitest.close();
  }
}

const start = async (mutantFromStart) => {
  process.env.VITEST = 'true';
  const vitest = await createVitest('test', {
    config: 'mutation/vitest.config.ts',
    watch: false,
    reporters: [{}],
    onConsoleLog: () => false,
  });
  vitest.provide('globalNamespace', INSTRUMENTER_CONSTANTS.NAMESPACE);
  vitest.provide('channel', channelName);
  vitest.provide('mutantFromStart', mutantFromStart ?? null);
  const channel = new BroadcastChannel(channelName);
  const ready = once(channel, 'message');
  const ended = vitest.start().then(() => {
    const failures = vitest.state.getFiles().flatMap(({ result }) => result?.errors ?? []);
    for (const { message } of failures) console.error(message);
    return undefined;
  });
  await Promise.race([ready, ended]);
  return { channel, ended, vitest };
};

const resultOf = ({ ran, hitCount, hitLimit, failure, failed }) => {
  const endless = determineHitLimitReached(hitCount, hitLimit);
  if (endless !== undefined) return endless;
  if (failure === undefined) return { status: MutantRunStatus.Survived, nrOfTests: ran };
  if (failure.isLate) return { status: MutantRunStatus.Timeout, reason: failed };
  return { status: MutantRunStatus.Killed, killedBy: [failed], failureMessage: failure.message, nrOfTests: ran };
};

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'warm', WarmRunner)];
