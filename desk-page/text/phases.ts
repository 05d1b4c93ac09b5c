/** How a connection stands, in words and by tone. */
import type { SyncPhase } from '../../src/adapters/desk/api/index.js';

export const phaseWords: Readonly<
  Record<SyncPhase, { readonly name: string; readonly tone: 'good' | 'warn' | 'bad' | '' }>
> = {
  offline: { name: 'Offline', tone: '' },
  connecting: { name: 'Connecting', tone: 'warn' },
  pushing: { name: 'Sending', tone: 'good' },
  pulling: { name: 'Receiving', tone: 'good' },
  live: { name: 'In step', tone: 'good' },
  backoff: { name: 'Waiting to try again', tone: 'warn' },
  unauthorized: { name: 'Not let in', tone: 'bad' },
  refused: { name: 'Refused', tone: 'bad' },
  standby: { name: 'Another process syncs', tone: 'good' },
};
