/** Real histories as bundles: tens of thousands of events, read as a naive reader would read them. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bundleRemote, readBundle } from '../../src/adapters/remote/bundle/index.js';
import { vectorFrom } from '../../src/domain/causality/version-vector.js';
import type { SealedEvent } from '../../src/domain/events/event.js';
import { byDot } from '../support/model/order.js';
import { inBatches, readAll, sha256 } from '../support/bundles.js';
import { sharedData } from '../support/shared-data.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Parents are a set, and the parser puts them in the order of R1; some lines have them in another. */
const sortedParents = (line: string): string => {
  const event = JSON.parse(line) as { readonly parents: readonly string[] };
  return JSON.stringify({ ...event, parents: [...event.parents].sort(byDot) });
};

const bundles = [
  ['git-automerge-repo.bundle.ndjson.gz', 41_146],
  ['work-items.bundle.ndjson.gz', 15_977],
] as const;

describe.each(bundles.map(([name, count]) => ({ name, count, path: sharedData(name) })))('$name', ({ path, count }) => {
  const compressed = path ?? '';

  test.skipIf(path === undefined)('has the lines that a naive reader finds, compressed or not', async () => {
    const plain = join(temporaryFolder(), 'plain.ndjson');
    writeFileSync(plain, gunzipSync(readFileSync(compressed)));
    const wanted = readFileSync(plain, 'utf8').trimEnd().split('\n');
    expect(wanted).toHaveLength(count);

    for (const file of [compressed, plain]) {
      const { lines, error } = await readAll(file);

      expect(error).toBeUndefined();
      expect(lines).toHaveLength(count);
      for (const { line, result, text } of lines) {
        const got = result.ok ? JSON.stringify(result.value.event) : text;
        if (got !== wanted[line - 1]) expect(got).toBe(sortedParents(wanted[line - 1] ?? ''));
      }
    }
  });

  test.skipIf(path === undefined)('is exchanged through a file, page by page, without a loss', async () => {
    const events: SealedEvent[] = [];
    for await (const lines of readBundle(compressed, { sha256 }))
      for (const { result } of lines) if (result.ok) events.push(result.value);
    const file = join(temporaryFolder(), 'exchange.ndjson.gz');
    const remote = bundleRemote({ file });
    const { pushMax } = remote.capabilities;

    for await (const batch of inBatches(events, pushMax)) await remote.push(batch);
    const pulled: unknown[] = [];
    for (let cursor: string | undefined, isMore = true; isMore;) {
      const page = await remote.pull({ cursor, cut: vectorFrom([]), limit: 1_000 });
      pulled.push(...page.events);
      cursor = page.cursor;
      isMore = page.more;
    }
    await remote.close();

    expect(pulled.length).toBe(events.length);
    expect(pulled.every((event, index) => JSON.stringify(event) === JSON.stringify(events[index]?.event))).toBe(true);
    expect(statSync(file).size).toBeLessThan(2 * statSync(compressed).size);
  });
});
