/**
 * A hub on a file, in a process of its own, as `reknit hub` serves it: power-safe, over HTTP on loopback. It says in
 * one line of JSON where it is, and ends when its input does: with the bench, however that ends.
 *
 * Everyone calls from one address here, and as fast as they can: what one address may ask is raised.
 */
import { once } from 'node:events';
import { createHub, openReceiptKey, openSqliteHubLog, openToEveryone, serveHub } from 'reknit/hub';

const { BENCH_FILE: file = '' } = process.env;
const many = 1_000_000;

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

await once(process.stdin.resume(), 'end');
await server.close();
await log.close();
