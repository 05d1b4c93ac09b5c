/**
 * The session's cookie: no script can read it, and no other site's page sends it. Over TLS it bears the prefix that
 * binds it to this host; cookies do not tell ports apart, so the name does.
 */
import { getCookie, setCookie } from 'hono/cookie';
import type { DeskContext } from './env.js';

const nameOf = (context: DeskContext): { readonly name: string; readonly isSecure: boolean } => {
  const { protocol, port } = new URL(context.req.url);
  const isSecure = protocol === 'https:' || context.req.header('x-forwarded-proto') === 'https';
  return { name: `${isSecure ? '__Host-' : ''}reknit-desk${port === '' ? '' : `-${port}`}`, isSecure };
};

export const sessionSecretOf = (context: DeskContext): string | undefined => getCookie(context, nameOf(context).name);

export const setSessionCookie = (context: DeskContext, secret: string, maxAgeMs: number): void => {
  const { name, isSecure } = nameOf(context);
  setCookie(context, name, secret, {
    path: '/',
    httpOnly: true,
    secure: isSecure,
    sameSite: 'Strict',
    maxAge: Math.floor(maxAgeMs / 1_000),
  });
};

export const clearSessionCookie = (context: DeskContext): void => setSessionCookie(context, '', 0);
