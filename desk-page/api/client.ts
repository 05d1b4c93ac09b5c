/**
 * Calls of the desk's API, relative to the page, so that the desk works under any path. Every change carries the
 * session's token against forged requests. What is refused is a `DeskError` with the server's code and words.
 */
import { signal } from '@preact/signals';

/** A refusal, with the body that came with it: for a stale conflict that is its state now. */
export class DeskError extends Error {
  override readonly name = 'DeskError';
  readonly status: number;
  readonly code: string;
  readonly body: unknown;

  constructor(status: number, code: string, message: string, body: unknown) {
    super(message);
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

/** Whether the session has ended, so that only a new link helps. */
export const isSignedOut = signal(false);

let csrfToken = '';
export const useCsrfToken = (token: string): void => {
  csrfToken = token;
};

export const get = <Answer>(path: string, signal?: AbortSignal): Promise<Answer> =>
  send<Answer>(path, signal === undefined ? {} : { signal });

export const post = <Answer>(path: string, body: unknown = {}, method = 'POST'): Promise<Answer> =>
  send<Answer>(path, {
    method,
    headers: { 'content-type': 'application/json', 'x-csrf-token': csrfToken },
    body: JSON.stringify(body),
  });

const send = async <Answer>(path: string, request: RequestInit): Promise<Answer> => {
  let response: Response;
  try {
    response = await fetch(`./api/${path}`, { credentials: 'same-origin', cache: 'no-store', ...request });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new DeskError(0, 'unreachable', 'The desk cannot be reached. Is its program still running?', undefined);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body as Answer;
  if (response.status === 401) isSignedOut.value = true;
  const { code, message } = refusalOf(body);
  throw new DeskError(response.status, code ?? `http_${response.status}`, message ?? response.statusText, body);
};

const refusalOf = (body: unknown): { readonly code?: string; readonly message?: string } => {
  const { error } = (body ?? {}) as { readonly error?: unknown };
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  return {
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof message === 'string' ? { message } : {}),
  };
};

export type QueryMember = string | number | boolean | undefined | readonly string[];

/** `?a=1&b=2` of what is there; a list gives its name several times. */
export const queryText = (members: Readonly<Record<string, QueryMember>>): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || value === '') continue;
    for (const each of typeof value === 'object' ? value : [value]) query.append(name, String(each));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
};
