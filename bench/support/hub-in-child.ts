/**
 * A hub on a file, in a process of its own, as `reknit hub` serves it: power-safe, over HTTP on loopback. It says in
 * one line of JSON where it is. The name of another file, as a line, makes it go on with that one, as warm as a hub is
 * that has run for a while. It ends when its input does: with the bench, however that ends.
 *
 * Everyone calls from one address here, and as fast as they can: what one address may ask is raised.
 */
import { createInterface } from 'node:readline';
import { createHub, openReceiptKey, openSqliteHubLog, openToEveryone, serveHub } from 'reknit/hub';

const { BENCH_FILE: first = '' } = process.env;
const many = 1_000_000;

const serve = async (file: string): Promise<() => Promise<void>> => {
  const log = openSqliteHubLog({ file });
  const hub = createHub({
    log,
    authenticate: openToEveryone,
    receiptKey: openReceiptKey(`${file}.receipt-key`),
    limits: {
      principalRequestsPerSecond: many,
      principalRequestsBurst: many,
      addressRequestsPerSecond: many,
      addressRequestsBurst: many,
    },
  });
  const server = await serveHub({ hub });
  process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
  return async () => {
    await server.close();
    await log.close();
  };
};

let stop = await serve(first);
for await (const file of createInterface({ input: process.stdin })) {
  await stop();
  globalThis.gc?.();
  stop = await serve(file);
}
await stop();
