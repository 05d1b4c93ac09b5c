/**
 * A hub's desk: a replica of the hub's own, in a file beside the hub's, kept in step with it inside this process, and
 * shown under the hub's tokens and rights. The hub itself still merges nothing; its desk does, under its policy.
 */
import { randomBytes } from 'node:crypto';
import { createDesk, type Desk, type DeskPerson, type DeskSignIn } from '../adapters/desk/index.js';
import {
  may,
  type Authenticate,
  type Hub,
  type HubLog,
  type Principal,
  type TokenList,
} from '../adapters/hub/index.js';
import { hubRemote, type Logger, type Replica } from '../index.js';

/** The desk's own way into the hub: a token that never leaves this process. */
export interface DeskEntrance {
  readonly token: string;
  readonly authenticate: Authenticate;
}

export const deskPathOf = (basePath: string): string => `${basePath}/desk`;

export const createDeskEntrance = (replica: Replica, authenticate: Authenticate): DeskEntrance => {
  const token = `desk_${randomBytes(32).toString('base64url')}`;
  return {
    token,
    authenticate: (given, caller) =>
      given === token
        ? {
            id: 'desk',
            replicas: [replica.replicaId],
            // In whose name it may write was asked when it was written.
            agents: 'any',
            rights: { '*': ['read', 'write', 'delete', 'resolve', 'relay'] },
          }
        : authenticate(given, caller),
  };
};

export interface HubDeskOptions {
  readonly replica: Replica;
  readonly hub: Pick<Hub, 'fetch'>;
  readonly log: Pick<HubLog, 'watch'>;
  readonly entrance: DeskEntrance;
  readonly basePath: string;
  readonly authenticate: Authenticate;
  /** Where tokens are kept, for what rules may do whose owner is not there; none where the hub is open. */
  readonly tokens?: Pick<TokenList, 'list' | 'watch'>;
  readonly origins?: readonly string[];
  readonly pageFolder?: string;
  readonly logger: Logger;
}

export interface HubDesk extends Pick<Desk, 'newLink' | 'onLinkUsed'> {
  /** Undefined where the request is not for the desk. */
  readonly answer: (request: Request, origin?: Parameters<Hub['fetch']>[1]) => Promise<Response> | undefined;
  /** Resolves when the hub and its desk have the same. */
  readonly synced: () => Promise<void>;
  /** The replica stays open. */
  readonly close: () => Promise<void>;
}

/** Nobody is there to be asked; only the path counts. */
const inProcess = 'http://127.0.0.1';

export const createHubDesk = (options: HubDeskOptions): HubDesk => {
  const { replica, hub, log, entrance, basePath, authenticate, tokens, origins, pageFolder, logger } = options;
  const { live: _sockets, ...remote } = hubRemote({
    url: `${inProcess}${basePath}`,
    token: entrance.token,
    fetch: (url, init) => hub.fetch(new Request(url, init), { address: 'the desk' }),
    compress: false,
  });
  // The log says when there is something to read, so it is asked then, and from time to time in case.
  const connection = replica.connect(remote, { live: true });
  const stopWatching = log.watch(() => void connection.now().catch(() => undefined));
  const path = deskPathOf(basePath);
  const desk = createDesk({
    replica,
    basePath: path,
    signIn: signInBy(authenticate),
    connections: [{ name: 'this hub', connection }],
    rules: {
      mayAct: async ({ principalId, match }) => mayStill(await tokens?.list(), principalId, match.resourceType),
    },
    logger,
    ...(tokens === undefined ? {} : { watchSignIns: tokens.watch }),
    ...(origins === undefined ? {} : { origins }),
    ...(pageFolder === undefined ? {} : { pageFolder }),
  });
  return {
    answer: (request, origin) => {
      const { pathname } = new URL(request.url);
      return pathname === path || pathname.startsWith(`${path}/`) ? desk.fetch(request, origin) : undefined;
    },
    newLink: desk.newLink,
    onLinkUsed: desk.onLinkUsed,
    synced: async () => {
      await connection.now();
    },
    close: async () => {
      stopWatching();
      await desk.close();
      await connection.close();
    },
  };
};

const signInBy =
  (authenticate: Authenticate): DeskSignIn =>
  async (token, { agentId, address }) => {
    const principal = await authenticate(token, { replicaId: undefined, address });
    return principal === undefined ? undefined : personOf(principal, agentId);
  };

const personOf = (principal: Principal, wanted: string | undefined): DeskPerson | undefined => {
  const { id, agents, rights } = principal;
  if (wanted !== undefined && agents !== 'any' && !agents.includes(wanted)) return undefined;
  const agentId = wanted ?? (agents === 'any' ? id : agents[0]);
  const isExpired = principal.expiresAt !== undefined && !(Date.parse(principal.expiresAt) > Date.now());
  if (agentId === undefined || isExpired) return undefined;
  const lists = Object.entries(rights);
  const grantsAll = (right: 'read' | 'write' | 'resolve'): boolean =>
    may(principal, right, '*') && lists.every(([, granted]) => granted.includes(right));
  return {
    id,
    agentId,
    may: (right, resourceType) => may(principal, right, resourceType),
    readsAll: grantsAll('read'),
    mayOperate: grantsAll('read') && grantsAll('write') && grantsAll('resolve'),
  };
};

type Listed = Awaited<ReturnType<TokenList['list']>>;

/** A rule goes on as long as the token that made it: revoked is revoked, also for what acts by itself. */
const mayStill = (list: Listed | undefined, principalId: string | undefined, resourceType: string): boolean => {
  if (list === undefined) return true;
  const record = list.find(({ id }) => id === principalId);
  if (record === undefined || record.revokedAt !== undefined) return false;
  const isExpired = record.expiresAt !== undefined && !(Date.parse(record.expiresAt) > Date.now());
  return !isExpired && may(record, 'read', resourceType) && may(record, 'resolve', resourceType);
};
