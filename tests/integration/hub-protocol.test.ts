/** The conversation that docs/protocol.md shows, replayed: every question as it stands there, every answer as it is told. */
import { expect, test } from 'vitest';
import type { Principal } from 'reknit/hub';
import { closeCodes } from '../../src/adapters/hub/live/close-codes.js';
import { problemOf, problem, type ProblemCode } from '../../src/adapters/hub/problems.js';
import { fencesOf, textOf } from '../support/fences.js';
import { manualClock, reader, served, testHub, type Reader } from '../support/hub.js';

const document = 'docs/protocol.md';

const owner = (replicaId: string, agentId: string): Principal => ({
  id: replicaId,
  replicas: [replicaId],
  agents: [agentId],
  rights: { task: ['read', 'write'] },
});
const principals = new Map([
  ['laptop-token', owner('laptop', 'ada')],
  ['phone-token', owner('phone', 'bob')],
]);

/** Opaque texts by the names that the document gives them. */
const createNames = (): {
  readonly filled: (value: unknown) => unknown;
  /** What was answered, with the names in it that the document has at those places. */
  readonly named: (answer: unknown, told: unknown) => unknown;
} => {
  const known = new Map<string, string>();
  const isName = (text: unknown): text is string => typeof text === 'string' && /^<[^<>]+>$/.test(text);
  const named = (answer: unknown, told: unknown): unknown => {
    if (isName(told)) {
      if (!known.has(told)) known.set(told, String(answer));
      return answer === known.get(told) ? told : answer;
    }
    if (Array.isArray(told) && Array.isArray(answer)) return answer.map((item, index) => named(item, told[index]));
    if (typeof told === 'object' && told !== null && typeof answer === 'object' && answer !== null)
      return Object.fromEntries(
        Object.entries(answer).map(([name, member]) => [name, named(member, (told as Record<string, unknown>)[name])]),
      );
    return answer;
  };
  return {
    named,
    filled: (value) =>
      JSON.parse(JSON.stringify(value), (_key, member: unknown) => (isName(member) ? known.get(member) : member)),
  };
};

/** `> {…}` and `< {…}`, each over one line or several. */
const messagesOf = (code: readonly string[]): readonly { readonly isSent: boolean; readonly message: unknown }[] =>
  code
    .join('\n')
    .split(/\n(?=[<>] )/)
    .map((text) => ({ isSent: text.startsWith('>'), message: JSON.parse(text.slice(2)) as unknown }));

test('every exchange is as the document tells it', async () => {
  const own = testHub({ clock: manualClock(), principals, limits: { tailPauseMs: 0, tailPauseMsPerHundred: 0 } });
  const url = await served(own);
  const names = createNames();
  let live: Reader | undefined;
  let read = 0;
  let exchanges = 0;
  for (const { language, marks, code, line } of fencesOf(document)) {
    const place = `${document}:${line}`;
    exchanges += 1;
    if (language === 'http') {
      const [first = '', ...lines] = code;
      const [method, path = ''] = first.split(' ');
      const [question = '', answer = ''] = lines.join('\n').split('\n\n');
      const end = answer.indexOf('\n');
      expect([place, method]).toEqual([place, 'POST']);
      const token = `${marks[0] ?? 'laptop'}-token`;
      const { status, body } = await own.post(path, names.filled(JSON.parse(question)), { token });
      const told: unknown = JSON.parse(answer.slice(end));
      expect([place, status, names.named(body, told)]).toEqual([place, Number(answer.slice(0, end)), told]);
    } else if (language === 'websocket') {
      for (const { isSent, message } of messagesOf(code)) {
        if (isSent) {
          if (live === undefined) live = reader(url, names.filled(message), { isTaking: false });
          else live.send(names.filled(message));
          continue;
        }
        if (live === undefined) throw new Error(`${place}: nobody has said anything`);
        read += 1;
        await live.until(({ messages }) => messages.length >= read);
        expect([place, names.named(live.messages[read - 1], message)]).toEqual([place, message]);
      }
    }
  }
  expect(exchanges).toBeGreaterThan(8);
  expect(live?.messages).toHaveLength(read);
});

test('every code is in the tables, with its status or close code', () => {
  const text = textOf(document);
  const told = (cell: string, code: string): boolean =>
    text
      .split('\n')
      .some(
        (row) => row.startsWith('| ') && row.split(' | ')[0]?.includes(cell) === true && row.includes(`\`${code}\``),
      );
  const codes: readonly ProblemCode[] = [
    'unauthorized', 'forbidden', 'not_found', 'method_not_allowed', 'body_timeout', 'cursor_unknown', 'body_too_large',
    'unsupported_type', 'bad_request', 'too_many_requests', 'internal_error', 'shutting_down', 'storage_busy', 'storage_full',
  ]; // prettier-ignore

  for (const code of codes) {
    const { status } = problemOf(problem(code, ''));
    expect([code, told(String(status), code)]).toEqual([code, true]);
  }
  for (const [code, number] of Object.entries(closeCodes))
    expect([code, told(String(number), code)]).toEqual([code, true]);
});
