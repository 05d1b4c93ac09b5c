/**
 * Long texts and lists in pieces: whatever changes, put together they are the value, and what is written for a change
 * is about a piece. Through SQLite the store gives back what was put in, to another handle on the file as well, after
 * what was undone, and to whoever asks with the shell.
 */
import fc from 'fast-check';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import type { StoredResource } from '../../src/domain/merge/unit-of-work.js';
import { initialState } from '../../src/domain/resource/state.js';
import { canonicalJson } from '../../src/domain/shared/canonical-json.js';
import type { Json, JsonObject } from '../../src/domain/shared/json.js';
import { cut, pieceUnitsMax, recut, type LongValue } from '../../src/domain/shared/pieces.js';
import { unitOn } from '../../src/testing/storage/workshop.js';
import { propertyOptions } from '../support/property-options.js';
import { createFolder } from '../support/temporary-folder.js';

/** Where, how much goes, and what comes, in parts of a thousand of what is there. */
const edit = fc.record({
  at: fc.nat({ max: 1_000 }),
  gone: fc.oneof(fc.constant(0), fc.nat({ max: 3 }), fc.nat({ max: 700 })),
  come: fc.oneof(fc.constant(1), fc.nat({ max: 40 }), fc.nat({ max: 6_000 })),
});
type Edit = typeof edit extends fc.Arbitrary<infer Value> ? Value : never;

const signs = ['a', 'é', '😀', '"', '\\', '\u0000', '\n', ' ', '漢'];
const textOf = (length: number, seed: number): string =>
  Array.from({ length }, (_, index) => signs[(index * 7 + seed) % signs.length]).join('');
const itemsOf = (length: number, seed: number): readonly Json[] =>
  Array.from(
    { length },
    (_, index) => [index + seed, textOf(index % 9, seed), { b: [seed], a: null }][index % 3] as Json,
  );

const edited = (value: LongValue, { at, gone, come }: Edit, seed: number): LongValue => {
  const spliced = <Item>(items: readonly Item[], inserted: readonly Item[]): readonly Item[] => {
    const start = Math.floor((items.length * at) / 1_000);
    const end = gone < 4 ? start + gone : start + Math.floor((items.length * gone) / 1_000);
    return [...items.slice(0, start), ...inserted, ...items.slice(end)];
  };
  if (typeof value === 'string') return spliced(Array.from(value), Array.from(textOf(come, seed))).join('');
  return spliced(value, itemsOf(Math.ceil(come / 20), seed));
};

const starts = fc.constantFrom<LongValue>('', textOf(9_000, 1), [], itemsOf(300, 1));

const joined = (pieces: readonly LongValue[], form: LongValue): LongValue =>
  typeof form === 'string'
    ? (pieces as readonly string[]).join('')
    : (pieces as readonly (readonly Json[])[]).flatMap((piece) => piece);

test('the pieces after any change are the value, each of a size, and few of them are new', () => {
  fc.assert(
    fc.property(starts, fc.array(edit, { maxLength: 12 }), (start, edits) => {
      let value = start;
      let pieces = cut(start);
      for (const [seed, change] of edits.entries()) {
        const next = edited(value, change, seed);
        const { keptBefore, keptAfter, fresh } = recut(
          value,
          pieces.map(({ length }) => length),
          next,
        );
        pieces = [...pieces.slice(0, keptBefore), ...fresh, ...pieces.slice(pieces.length - keptAfter)];

        expect(canonicalJson(joined(pieces, start))).toBe(canonicalJson(next));
        for (const piece of pieces) {
          expect(piece.length).toBeGreaterThan(0);
          if (typeof piece === 'string') {
            expect(piece.isWellFormed()).toBe(true);
            expect(piece.length).toBeLessThanOrEqual(pieceUnitsMax + 1);
          }
        }
        value = next;
      }
    }),
    propertyOptions({ numRuns: 200 }),
  );
});

test('who types a character in a long text writes a piece, wherever it is', () => {
  let value: string = textOf(200_000, 3);
  let pieces = cut(value);
  for (let round = 0; round < 300; round += 1) {
    const at = (round * 7_919) % value.length;
    const index = /[\udc00-\udfff]/.test(value[at] ?? '') ? at + 1 : at;
    const next = `${value.slice(0, index)}x${value.slice(index)}`;
    const { keptBefore, keptAfter, fresh } = recut(
      value,
      pieces.map(({ length }) => length),
      next,
    );

    expect(fresh.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(pieceUnitsMax + 2);
    pieces = [...pieces.slice(0, keptBefore), ...fresh, ...pieces.slice(pieces.length - keptAfter)];
    value = next;
  }
});

const document = { resourceType: 'document', resourceId: 'one' };

const storedWith = (fields: JsonObject): StoredResource => ({
  state: initialState(document),
  view: {
    deleted: false,
    fields,
    pendingConflicts: 0,
    updatedAt: '2026-02-02T10:00:00.000Z',
    updatedBy: 'ann',
    references: [],
  },
});

const steps = fc.array(
  fc.record({
    edit,
    field: fc.constantFrom('notes', 'steps', `it's "odd"`),
    by: fc.nat({ max: 1 }),
    what: fc.constantFrom('edit', 'edit', 'edit', 'edit', 'short', 'other form', 'gone', 'stale', 'reopen'),
  }),
  { maxLength: 14 },
);

test('a file gives back what was put in, to every handle and to the shell', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const folder = createFolder();
      const file = join(folder.path, 'replica.db');
      const open = () => openSqliteStore({ file, durability: 'process' });
      const handles = [open(), open()];
      const shell = new Database(file);
      try {
        let fields: Readonly<Record<string, Json>> = {
          title: 'short',
          notes: textOf(9_000, 0),
          steps: itemsOf(200, 0),
        };
        const put = async (by: number, next: JsonObject, basedOn?: number): Promise<void> => {
          const store = handles[by] as ReturnType<typeof open>;
          const work = await unitOn(store, { resources: [storedWith(next)] });
          await store.commit(basedOn === undefined ? work : { ...work, basedOn });
        };
        await put(0, fields);
        for (const [seed, { edit: change, field, by, what }] of all.entries()) {
          const { [field]: before = 'x', ...others } = fields;
          const value = typeof before === 'string' || Array.isArray(before) ? (before as LongValue) : '';
          if (what === 'reopen') {
            await handles[by]?.close();
            handles[by] = open();
          } else if (what === 'stale') await put(by, { ...others, [field]: edited(value, change, seed) }, 0);
          else {
            if (what === 'edit') fields = { ...fields, [field]: edited(value, change, seed) };
            else if (what === 'short') fields = { ...fields, [field]: value.slice(0, 3) };
            else if (what === 'gone') fields = others;
            else fields = { ...fields, [field]: typeof value === 'string' ? itemsOf(90, seed) : textOf(5_000, seed) };
            await put(by, fields);
          }

          for (const store of handles) expect((await store.readResource(document))?.view.fields).toEqual(fields);
          const [row] = shell.prepare('SELECT fields FROM resources').pluck().all() as readonly string[];
          expect(JSON.parse(row ?? '')).toEqual(fields);
        }
        const { notes } = fields;
        if (notes === undefined) return;
        const asked = { orderBy: 'id', limit: 9, where: { notes: [notes] } } as const;
        expect((await handles[0]?.readResources(asked))?.items).toHaveLength(1);
      } finally {
        shell.close();
        for (const store of handles) await store.close();
        folder.remove();
      }
    }),
    propertyOptions({ numRuns: 40 }),
  );
}, 60_000);
