/**
 * A desk, to be mounted in anyone's server: `fetch` answers requests. It shows one replica, lets its rules decide as
 * long as it is open, and writes nothing but what somebody signed in asked for.
 */
import { readFileSync } from 'node:fs';
import { silentLogger } from '../../application/index.js';
import { checkDeskOptions, deskLimitsOf } from './check-options.js';
import type { DeskCore } from './core.js';
import { createDeskApp } from './http/app.js';
import type { DeskRequestOrigin } from './http/env.js';
import { createConflictIndex } from './inbox/conflict-index.js';
import { createInboxSearch } from './inbox/search.js';
import { createLiveDesk } from './live.js';
import { systemDeskClock, type DeskOptions, type DeskPerson } from './options.js';
import { createSessions } from './session/sessions.js';

/** A desk, as a server mounts it. */
export interface Desk {
  /** Answers a request; what `@hono/node-server` gives beside it says where it comes from. */
  readonly fetch: (request: Request, origin?: DeskRequestOrigin) => Promise<Response>;
  /**
   * The path of a link that signs in the replica's agent, once: put the desk's origin before it, and give it to
   * nobody else.
   */
  readonly newLink: () => string;
  /** Calls back when a link was used, so that another one can be offered. */
  readonly onLinkUsed: (listener: () => void) => () => void;
  /** Ends the open pages and refuses further requests; the replica stays open. */
  readonly close: () => Promise<void>;
}

/**
 * A desk for one replica, to be mounted in a server.
 *
 * @throws ReknitError `wrong_type` that names what is wrong
 */
export const createDesk = (options: DeskOptions): Desk => {
  checkDeskOptions(options);
  const {
    replica,
    basePath = '',
    signIn,
    origins = [],
    pageFolder,
    connections = [],
    rules = true,
    watchSignIns,
  } = options;
  const { logger = silentLogger, clock = systemDeskClock } = options;
  const limits = deskLimitsOf(options.limits);
  const owner: DeskPerson = {
    id: `owner ${replica.agentId}`,
    agentId: replica.agentId,
    may: () => true,
    readsAll: true,
    mayOperate: true,
  };
  const linkListeners = new Set<() => void>();
  const sessions = createSessions({
    limits,
    clock,
    owner,
    signIn,
    onLinkUsed: () => {
      for (const listener of linkListeners) listener();
    },
  });
  const index = createConflictIndex({ replica, limits, clock, logger });
  const shared = {
    replica,
    index,
    search: createInboxSearch(index),
    sessions,
    limits,
    clock,
    logger,
    connections,
    basePath,
    version: packageVersion(),
  };
  const live = createLiveDesk(shared);
  const ruleRun = rules === false ? undefined : replica.rules.run(rules === true ? {} : rules);
  const stopSignIns = watchSignIns?.(live.onRights);
  const core: DeskCore = { ...shared, ruleRun, onRules: live.onRules, onAside: live.onAside, onLeft: live.onLeft };
  let isClosing = false;
  const app = createDeskApp({ core, live, origins, pageFolder, isClosing: () => isClosing });

  return {
    fetch: async (request, origin) => app.fetch(request, origin ?? {}),
    newLink: () => `${basePath}/enter?code=${sessions.newLinkCode()}`,
    onLinkUsed: (listener) => {
      linkListeners.add(listener);
      return () => linkListeners.delete(listener);
    },
    close: async () => {
      if (isClosing) return;
      isClosing = true;
      stopSignIns?.();
      live.close();
      await ruleRun?.close();
      await index.close();
      sessions.close();
    },
  };
};

const packageVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { readonly version: string })
    .version;
