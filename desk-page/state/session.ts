/** Who one is here. Without a session the page shows nothing but the way to one. */
import { signal } from '@preact/signals';
import type { Session } from '../../src/adapters/desk/api/index.js';
import { DeskError, isSignedOut, useCsrfToken } from '../api/client.js';
import { desk } from '../api/desk.js';
import { showToast } from './toast.js';

export type SessionState =
  | { readonly type: 'asking' }
  | { readonly type: 'none' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'open'; readonly session: Session };

export const sessionState = signal<SessionState>({ type: 'asking' });

export const openSession = (session: Session): void => {
  useCsrfToken(session.csrfToken);
  isSignedOut.value = false;
  sessionState.value = { type: 'open', session };
};

export const askForSession = async (): Promise<void> => {
  try {
    openSession(await desk.session());
  } catch (error) {
    sessionState.value =
      error instanceof DeskError && error.status === 401
        ? { type: 'none' }
        : { type: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
};

/** Ends the session at the desk, and with it what every page of it shows. */
export const signOut = async (): Promise<void> => {
  try {
    await desk.signOut();
    sessionState.value = { type: 'none' };
  } catch (error) {
    if (error instanceof DeskError && error.status === 401) return;
    showToast({
      text: `You are still signed in. ${error instanceof Error ? error.message : String(error)}`,
      tone: 'problem',
    });
  }
};

/** The session of a page that has one; views are mounted with it only. */
export const currentSession = (): Session | undefined =>
  sessionState.value.type === 'open' ? sessionState.value.session : undefined;

isSignedOut.subscribe((isOut) => {
  if (isOut && sessionState.peek().type === 'open') sessionState.value = { type: 'none' };
});
