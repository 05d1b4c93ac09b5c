/** A desk for a replica, served on this machine with the built page, as an embedder would mount it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import { onTestFinished } from 'vitest';
import { createDesk, type DeskOptions } from '../../../src/adapters/desk/index.js';

const pageFolder = fileURLToPath(new URL('../../../dist/adapters/desk/page/', import.meta.url));

export interface ServedDesk {
  readonly url: string;
  /** Signs in once. */
  readonly newLink: () => string;
  readonly close: () => Promise<void>;
}

/** Closed by the caller. */
export const serveDesk = async (options: DeskOptions): Promise<ServedDesk> => {
  const desk = createDesk({ pageFolder, ...options });
  const answer = getRequestListener(desk.fetch);
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    newLink: () => `${url}${desk.newLink()}`,
    close: async () => {
      await desk.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

/** Closed with the test. */
export const openDeskServer = async (options: DeskOptions): Promise<ServedDesk> => {
  const desk = await serveDesk(options);
  onTestFinished(desk.close);
  return desk;
};
