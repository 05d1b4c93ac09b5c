/**
 * A network that is bad in ways that a seed draws: it stands between clients and a server on
 * loopback, delays what passes, and ends connections after any number of bytes, in the middle of
 * an answer or of a question.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface CuttingProxy {
  readonly port: number;
  /** How many connections were cut so far. */
  readonly cuts: () => number;
  readonly close: () => Promise<void>;
}

const delayMsMax = 30;
/** Half of the connections that are cut are so within 2^8 bytes, the others within 2^17. */
const bytesExponentMax = 17;

export const cuttingProxy = async (serverPort: () => number, random: () => number): Promise<CuttingProxy> => {
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server: Server = createServer((client) => {
    const upstream = connect(serverPort(), '127.0.0.1');
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    const bytes = (): number => (random() < 0.3 ? Math.floor(2 ** (random() * bytesExponentMax)) : Infinity);
    const pass = (from: Socket, to: Socket, bytesMax: number, isSlow: boolean): void => {
      let left = bytesMax;
      from.on('data', (chunk: Buffer) => {
        const part = chunk.subarray(0, Math.min(left, chunk.length));
        left -= part.length;
        const isCut = part.length < chunk.length;
        if (isCut) from.pause();
        const send = (): void => {
          if (to.destroyed) return;
          to.write(part, () => {
            if (!isCut) return;
            cuts += 1;
            end();
          });
          if (isSlow && !isCut) from.resume();
        };
        if (!isSlow) {
          send();
          return;
        }
        // One at a time, so that what is late stays in its order.
        from.pause();
        setTimeout(send, random() * delayMsMax);
      });
    };
    pass(upstream, client, bytes(), random() < 0.3);
    pass(client, upstream, random() < 0.3 ? bytes() : Infinity, false);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    cuts: () => cuts,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
};
