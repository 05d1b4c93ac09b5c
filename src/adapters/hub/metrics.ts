/**
 * Figures for an operator, in the form of Prometheus. Labels are fixed words: neither who calls
 * nor what is exchanged may be read off them, and their number is bounded.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { HubLog } from '../../application/ports/hub-log.js';
import type { PushVerdict } from './http/schemas.js';

export interface HubMetrics {
  readonly request: (route: string, status: number, seconds: number) => void;
  readonly received: (bytes: number) => void;
  readonly sent: (bytes: number) => void;
  readonly verdicts: (all: readonly Pick<PushVerdict, 'type'>[]) => void;
  readonly socketOpened: () => void;
  readonly socketClosed: (reason: string) => void;
  readonly sentLive: (bytes: number) => void;
  readonly fellBehind: () => void;
  /** Where to ask how many bytes wait for sockets. */
  readonly watchWaiting: (bytes: () => number) => void;
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

const secondsBuckets = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];

export const createHubMetrics = (log: HubLog): HubMetrics => {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const counter = (name: string, help: string, labelNames: readonly string[] = []): Counter =>
    new Counter({ name: `reknit_hub_${name}`, help, labelNames: [...labelNames], registers });
  const requests = new Histogram({
    name: 'reknit_hub_request_seconds',
    help: 'Time to answer, by route and status.',
    labelNames: ['route', 'status'],
    buckets: secondsBuckets,
    registers,
  });
  const verdicts = counter('events_total', 'Events handed in, by verdict.', ['verdict']);
  const receivedBytes = counter('received_bytes_total', 'Bytes of bodies received, as they came.');
  const sentBytes = counter('sent_bytes_total', 'Bytes of bodies sent, as they went.');
  const liveBytes = counter('live_sent_bytes_total', 'Bytes sent to sockets.');
  const liveMessages = counter('live_sent_messages_total', 'Messages sent to sockets.');
  const behind = counter('live_fell_behind_total', 'Times that a reader was too slow for the end of the log.');
  const closed = counter('sockets_closed_total', 'Sockets closed, by reason.', ['reason']);
  const sockets = new Gauge({ name: 'reknit_hub_sockets', help: 'Open sockets.', registers });
  let bytesWaiting: () => number = () => 0;
  const waiting: Gauge = new Gauge({
    name: 'reknit_hub_live_waiting_bytes',
    help: 'Bytes that wait for sockets, in all.',
    registers,
    collect: () => waiting.set(bytesWaiting()),
  });
  const counts = new Gauge({
    name: 'reknit_hub_log',
    help: 'What the log holds.',
    labelNames: ['what'],
    registers,
    collect: async () => {
      for (const [what, count] of Object.entries(await log.counts())) counts.set({ what }, count as number);
    },
  });
  return {
    request: (route, status, seconds) => requests.observe({ route, status: String(status) }, seconds),
    received: (bytes) => receivedBytes.inc(bytes),
    sent: (bytes) => sentBytes.inc(bytes),
    verdicts: (all) => {
      const byType = new Map<PushVerdict['type'], number>();
      for (const { type } of all) byType.set(type, (byType.get(type) ?? 0) + 1);
      for (const [verdict, count] of byType) verdicts.inc({ verdict }, count);
    },
    socketOpened: () => sockets.inc(),
    socketClosed: (reason) => {
      sockets.dec();
      closed.inc({ reason });
    },
    sentLive: (bytes) => {
      liveMessages.inc();
      liveBytes.inc(bytes);
    },
    fellBehind: () => behind.inc(),
    watchWaiting: (bytes) => {
      bytesWaiting = bytes;
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};
