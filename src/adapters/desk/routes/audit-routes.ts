/** The audit trail, which tells of all types, and its verification. */
import type { AuditEntry as StoredEntry } from '../../../domain/index.js';
import type { Verification as Found, VerificationProblem } from '../../../application/index.js';
import { requireOperate, type DeskCore } from '../core.js';
import type { AuditEntry, AuditPage, Verification } from '../api/index.js';
import { routes } from '../api/routes.js';
import { told, type DeskApp } from '../http/env.js';

const actsMax = 100;

export const addAuditRoutes = (app: DeskApp, { replica, clock }: DeskCore): void => {
  app.openapi(routes.audit, async (context) => {
    requireOperate(context.get('session').person);
    const { before, limit } = context.req.valid('query');
    const head = await replica.audit.head();
    const end = Math.min(before ?? head.count + 1, head.count + 1);
    const after = Math.max(0, end - 1 - limit);
    const items: AuditEntry[] = [];
    for await (const entry of replica.audit.entries({ after })) {
      if (entry.number >= end) break;
      items.push(shownEntry(entry));
    }
    return told<AuditPage>(context, {
      head: { count: head.count, hash: head.hash },
      items: items.reverse(),
      ...(after > 0 ? { next: after + 1 } : {}),
    });
  });

  /** It reads everything, so whoever asks meanwhile shares the answer. */
  const running = new Map<string, Promise<Verification>>();
  app.openapi(routes.verify, async (context) => {
    requireOperate(context.get('session').person);
    const { auditHead } = context.req.valid('json');
    const key = JSON.stringify(auditHead ?? null);
    const verify = async (): Promise<Verification> => {
      const startedMs = clock.nowMs();
      const found = await replica.verify(auditHead === undefined ? {} : { auditHead });
      return shownVerification(found, Math.max(0, clock.nowMs() - startedMs));
    };
    const started = running.get(key) ?? verify().finally(() => running.delete(key));
    running.set(key, started);
    return told<Verification>(context, await started);
  });
};

const shownEntry = ({ number, time, policy, hash, previousHash, acts }: StoredEntry): AuditEntry => ({
  number,
  at: time,
  policy,
  hash,
  previousHash,
  acts: acts.slice(0, actsMax).map((act) => ({ ...act })),
  moreActs: Math.max(0, acts.length - actsMax),
});

const shownVerification = (found: Found, elapsedMs: number): Verification => ({
  ok: found.ok,
  events: found.events,
  resources: found.resources,
  auditEntries: found.auditEntries,
  problems: found.problems.map((problem) => ({ ...problem, code: problem.type, message: sentenceOf(problem) })),
  problemCount: found.problemCount,
  auditHead: { count: found.auditHead.count, hash: found.auditHead.hash },
  elapsedMs,
});

const sentenceOf = (found: VerificationProblem): string => {
  switch (found.type) {
    case 'EventChanged':
      return `event ${found.dot} is not as it was written`;
    case 'StorageDamaged':
      return `the file is damaged: ${found.message}`;
    case 'StateDiffers':
      return `${found.resourceType} ${found.resourceId} is not what its events give`;
    case 'SequenceGap':
      return `event ${found.seq} of ${found.replicaId} is missing`;
    case 'Audit':
      return `the audit trail is broken at entry ${found.problem.number} (${found.problem.type})`;
  }
};
