/**
 * Runs mutants for Stryker in a process that stays warm: see every-test.mjs. Stryker's own runner for Vitest loads
 * everything anew for each mutant, and calls a mutant a survivor where a run was lost (stryker-js issues 6073, 6213).
 *
 * A test that fails is run once more without the mutant. If it fails then too, an earlier mutant may have left
 * something behind: the process is replaced, and the mutant tried again.
 */
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus, determineHitLimitReached } from '@stryker-mutator/api/test-runner';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createVitest } from 'vitest/node';

const channelName = 'reknit mutants';

class WarmRunner {
  #worker;
  #msById = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun() {
    const answer = await this.#ask({ type: 'dry run' });
    if (answer === undefined) return { status: DryRunStatus.Error, errorMessage: 'the tests cannot be loaded' };
    const tests = answer.results.map(({ failure, fileName, ...test }) => ({
      ...test,
      fileName: resolve(fileName),
      ...(failure === undefined
        ? { status: TestStatus.Success }
        : { status: TestStatus.Failed, failureMessage: failure.message }),
    }));
    for (const { id, timeSpentMs } of tests) this.#msById.set(id, timeSpentMs);
    return { status: DryRunStatus.Complete, tests, mutantCoverage: answer.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    const mutant = activeMutant.id;
    const ids = this.#quickestFirst(testFilter ?? [...this.#msById.keys()]);
    const isStatic = mutantActivation === 'static';
    if (isStatic) await this.#end();
    for (;;) {
      const isFresh = this.#worker === undefined;
      const answer = await this.#ask({ type: 'mutant run', mutant, ids, hitLimit }, isStatic ? mutant : undefined);
      if (answer === undefined) {
        await this.#end();
        return { status: MutantRunStatus.Killed, killedBy: [], failureMessage: 'it cannot be loaded', nrOfTests: 0 };
      }
      if (!answer.isClean) await this.#end();
      if (answer.isClean || isFresh || answer.failure?.isLate) return resultOf(answer, hitLimit);
    }
  }

  /** Most mutants are noticed by many tests. How long these take is known since the dry run, in the process of that. */
  #quickestFirst(ids) {
    const msOf = (id) => this.#msById.get(id) ?? 0;
    return ids.length === 0 ? undefined : ids.toSorted((a, b) => msOf(a) - msOf(b));
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

const resultOf = ({ ran, hitCount, failure, failed }, hitLimit) => {
  const endless = determineHitLimitReached(hitCount, hitLimit);
  if (endless !== undefined) return endless;
  if (failure === undefined) return { status: MutantRunStatus.Survived, nrOfTests: ran };
  if (failure.isLate) return { status: MutantRunStatus.Timeout, reason: failed };
  return { status: MutantRunStatus.Killed, killedBy: [failed], failureMessage: failure.message, nrOfTests: ran };
};

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'warm', WarmRunner)];
