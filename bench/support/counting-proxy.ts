/** Stands between replicas and a hub and counts what passes: every byte, headers and handshakes included. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface CountingProxy {
  readonly url: string;
  readonly bytes: { up: number; down: number };
  readonly close: () => Promise<void>;
}

export const startCountingProxy = async (target: string): Promise<CountingProxy> => {
  const { hostname: host, port } = new URL(target);
  const bytes = { up: 0, down: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    sockets.add(near);
    const far = connect({ host, port: Number(port) });
    near.on('data', (data) => {
      bytes.up += data.length;
    });
    far.on('data', (data) => {
      bytes.down += data.length;
    });
    // Either side may end without a word, and then the other has to.
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Connections are kept for a next request that nobody makes.
        for (const socket of sockets) socket.destroy();
      }),
  };
};
