/**
 * Many readers of a hub, in a process of their own: each has a socket, takes every page that it is given, and looks no
 * further into it than to find how far it goes. It says in a line of JSON that all are in step, and, for each line
 * that it is told, how many pages came and how many readers are still there.
 */
import { createInterface } from 'node:readline';
import WebSocket from 'ws';

const { BENCH_HUB: url = '', BENCH_READERS } = process.env;
const count = Number(BENCH_READERS);

let pages = 0;
let open = 0;

const start = (index: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/live`, 'reknit.v1');
    socket.on('error', reject);
    socket.on('close', (code) => {
      open -= 1;
      reject(new Error(`a reader was closed: ${code}`));
    });
    socket.on('open', () => {
      open += 1;
      socket.send(JSON.stringify({ type: 'start', replicaId: `reader-${index}` }));
    });
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      if (text.startsWith('{"type":"started"')) resolve();
      else if (text.startsWith('{"type":"ping"')) socket.send('{"type":"pong"}');
      else if (text.startsWith('{"type":"entries"')) {
        pages += 1;
        // After the entries, so the last one is meant.
        const at = text.lastIndexOf('"cursor":"') + 10;
        socket.send(`{"type":"ack","cursor":"${text.slice(at, text.indexOf('"', at))}"}`);
      }
    });
  });

for (let index = 0; index < count; index += 1) await start(index);
const tell = (): void => void process.stdout.write(`${JSON.stringify({ pages, open })}\n`);
tell();
const lines = createInterface({ input: process.stdin });
lines.on('line', () => {
  tell();
  pages = 0;
});
lines.on('close', () => process.exit(0));
