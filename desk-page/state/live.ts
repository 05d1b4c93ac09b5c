/**
 * What the server says by itself: counts, and what changed. Nothing is replayed after an interruption, so when the
 * line is back everything that is shown is asked for once more.
 */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { LiveMessages } from '../../src/adapters/desk/api/index.js';
import { isSignedOut } from '../api/client.js';

export const counts = signal<LiveMessages['counts'] | undefined>(undefined);
export const connections = signal<LiveMessages['sync']['connections']>([]);
/** `lost`: what is shown may be out of date. */
export const line = signal<'connecting' | 'live' | 'lost'>('connecting');

type Listener = (message: unknown) => void;
const listeners = new Map<keyof LiveMessages | 'again', Set<Listener>>();

const tell = (name: keyof LiveMessages | 'again', message: unknown): void => {
  for (const listener of listeners.get(name) ?? []) listener(message);
};

const parsed = (event: MessageEvent<string>): unknown => JSON.parse(event.data) as unknown;

/** Opens the line; returns what closes it. */
export const openLine = (): (() => void) => {
  const source = new EventSource('./api/live');
  let wasLost = false;
  source.addEventListener('open', () => {
    line.value = 'live';
    if (wasLost) tell('again', undefined);
    wasLost = false;
  });
  source.addEventListener('error', () => {
    line.value = 'lost';
    wasLost = true;
  });
  source.addEventListener('counts', (event) => {
    counts.value = parsed(event) as LiveMessages['counts'];
  });
  source.addEventListener('sync', (event) => {
    connections.value = (parsed(event) as LiveMessages['sync']).connections;
    tell('sync', undefined);
  });
  for (const name of ['conflicts', 'resources', 'rules'] as const)
    source.addEventListener(name, (event) => tell(name, parsed(event)));
  source.addEventListener('ended', () => {
    source.close();
    isSignedOut.value = true;
  });
  return () => source.close();
};

/** While it is mounted: called with each message of that name, and with `undefined` after an interruption. */
export const useLive = <Name extends keyof LiveMessages>(
  name: Name,
  heard: (message: LiveMessages[Name] | undefined) => void,
): void => {
  const latest = useRef(heard);
  latest.current = heard;
  useEffect(() => {
    const listener: Listener = (message) => latest.current(message as LiveMessages[Name] | undefined);
    for (const each of [name, 'again'] as const) {
      const set = listeners.get(each) ?? new Set<Listener>();
      listeners.set(each, set.add(listener));
    }
    return () => {
      listeners.get(name)?.delete(listener);
      listeners.get('again')?.delete(listener);
    };
  }, [name]);
};
