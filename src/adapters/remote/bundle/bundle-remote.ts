/**
 * A bundle file as a remote: replicas that never meet exchange events through a file in a
 * shared folder or on a stick. It holds events and merges nothing; a file that is not there
 * is an empty one, and comes into being with the first push.
 *
 * Events stand in the order in which they were pushed, so parents come before children as
 * far as they were there when the children came (M1). Several programs may use one file.
 */
import { createHash } from 'node:crypto';
import { checkArgument, checkMembers, isObject, isText, type Members } from '../../../domain/shared/check-argument.js';
import { ReknitError } from '../../../domain/shared/errors.js';
import type { Sha256 } from '../../../domain/shared/sha256.js';
import type { ContentHash, SealedEvent } from '../../../domain/events/event.js';
import type { Remote, RemoteHello, Verdict } from '../../../application/ports/remote.js';
import { appendDurably, makeDurable } from './append-bundle.js';
import { bundleError, writeFailure } from './bundle-error.js';
import { fileState, isFileGzip } from './bundle-file.js';
import { createBundleIndex, type BundleIndex } from './bundle-index.js';
import { createBundlePages } from './bundle-pages.js';
import { realPathOf } from './durable-file.js';
import { lineOf } from './encode-bundle.js';
import { withFileLock } from './file-lock.js';
import { isNamedGzip } from './write-bundle.js';

export interface BundleRemoteOptions {
  readonly file: string;
  /** Whether a new file is compressed; by default if its name ends in `.gz`. An existing one stays what it is. */
  readonly gzip?: boolean;
  readonly sha256?: Sha256;
  /** How long a push waits for another program that is writing to the file. */
  readonly lockWaitMsMax?: number;
}

/** At most this many events are encoded, and compressed, in memory at once. */
const pushMax = 1_000;
/** Longer than any push by another program takes, shorter than a person's patience. */
const lockWaitMsByDefault = 10_000;

/**
 * A file of events as a remote: one JSON object a line, gzipped where its name ends in `.gz`. It is made where there is none.
 *
 * @throws ReknitError `wrong_type`, before anything is read
 */
export const bundleRemote = (options: BundleRemoteOptions): Remote => {
  checkOptions(options);
  const { file, gzip = isNamedGzip(file), sha256 = defaultSha256, lockWaitMsMax = lockWaitMsByDefault } = options;
  const inTurn = createQueue();
  let opened: Promise<OpenBundle> | undefined;
  let isClosed = false;

  /** One call after the other: they share what is known of the file. */
  const call = <Value>(run: (bundle: OpenBundle) => Promise<Value>): Promise<Value> =>
    inTurn(async () => {
      if (isClosed)
        throw new ReknitError('remote_closed', 'this connection to the bundle is closed: open another', { file });
      // What is where can change while nothing is open; a failure is no answer for ever.
      opened ??= openBundle(file, sha256).catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return run(await opened);
    });

  return {
    capabilities: { canPull: true, canPush: true, pushMax },

    hello: ({ replicaId, signal }) =>
      call(async ({ path, index }): Promise<RemoteHello> => {
        await index.catchUp(signal);
        return {
          remoteId: `bundle-${sha256(`${path}\n${index.firstLine() ?? ''}`).slice(0, 32)}`,
          policyFingerprint: undefined,
          knownSeq: index.knownSeq(replicaId),
          clockOffsetMs: undefined,
        };
      }),

    pull: (request) => call(({ pages }) => pages.next(request)),

    push: (events, signal) =>
      call(async (bundle) => {
        signal?.throwIfAborted();
        if (events.length === 0) return [];
        return withFileLock(bundle.path, { signal, waitMsMax: lockWaitMsMax }, () =>
          pushInto(bundle, events, gzip, signal),
        );
      }),

    close: () =>
      inTurn(async () => {
        isClosed = true;
        await opened?.then(({ pages }) => pages.close());
      }),
  };
};

const members: Members<BundleRemoteOptions> = { file: true, gzip: true, sha256: true, lockWaitMsMax: true };

const checkOptions = (options: BundleRemoteOptions): void => {
  const check = (isRight: boolean, member: string, what: string): void =>
    checkArgument(isRight, 'bundleRemote', member, what);
  check(isObject(options), 'options', 'an object: { file }');
  checkMembers('bundleRemote', options, members);
  const { file, gzip = false, sha256 = defaultSha256, lockWaitMsMax = 0 } = options;
  check(isText(file), 'file', 'the path of a file');
  check(typeof gzip === 'boolean', 'gzip', 'true or false');
  check(typeof sha256 === 'function', 'sha256', 'a function from a text to its hash');
  check(lockWaitMsMax >= 0, 'lockWaitMsMax', 'a number of milliseconds from 0 up');
};

const defaultSha256: Sha256 = (text) => createHash('sha256').update(text).digest('hex');

interface OpenBundle {
  readonly path: string;
  readonly index: BundleIndex;
  readonly pages: ReturnType<typeof createBundlePages>;
  /** Set when the file may hold what is not durable and could not be taken back. */
  isSpoilt: boolean;
}

const openBundle = async (file: string, sha256: Sha256): Promise<OpenBundle> => {
  const path = await realPathOf(file).catch((error: unknown) => {
    throw writeFailure(error, file);
  });
  return { path, index: createBundleIndex(path, sha256), pages: createBundlePages(path, sha256), isSpoilt: false };
};

const pushInto = async (
  bundle: OpenBundle,
  events: readonly SealedEvent[],
  gzip: boolean,
  signal: AbortSignal | undefined,
): Promise<readonly Verdict[]> => {
  const { path, index } = bundle;
  if (bundle.isSpoilt)
    throw bundleError(
      'bundle_unwritable',
      `${path} could not be made durable before: check the disk, and connect again`,
      { file: path },
    );
  await index.catchUp(signal);
  if (index.eventCount() === 0 && index.refusedCount() > 0)
    throw bundleError(
      'not_a_bundle',
      `${path} holds something else than events, and is left as it is: name another file`,
      { file: path },
    );

  const fresh = new Map<ContentHash, SealedEvent>();
  const verdicts = events.map((sealed): Verdict => {
    if (index.has(sealed.hash) || fresh.has(sealed.hash)) return { type: 'duplicate' };
    fresh.set(sealed.hash, sealed);
    return { type: 'accepted' };
  });
  // Of those that were there already, whoever wrote them may have died before they were durable.
  if (fresh.size === 0) await makeDurable(path);
  else await append(bundle, [...fresh.values()], gzip);
  return verdicts;
};

const append = async (bundle: OpenBundle, events: readonly SealedEvent[], gzip: boolean): Promise<void> => {
  const { path, index } = bundle;
  const end = index.end();
  const found = await fileState(path);
  // Nothing of a first push that a crash cut short stays, nor does its form.
  const isNew = found === undefined || found.size === 0 || (end.tail === 'torn' && end.place?.offset === 0);
  const lines = events.map(({ event }) => `${lineOf(event)}\n`).join('');
  await appendDurably(path, lines, {
    gzip: isNew ? gzip : await isFileGzip(path),
    end,
    onSpoilt: () => {
      bundle.isSpoilt = true;
    },
  });
  await index.appended(events);
};

/** Runs one after the other, in the order of the calls; one that fails stops no other. */
const createQueue = (): (<Value>(run: () => Promise<Value>) => Promise<Value>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
};
