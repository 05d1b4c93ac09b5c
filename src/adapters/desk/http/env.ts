/** What comes with a request besides itself, and what the guards found out about it. */
import type { Context } from 'hono';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { DeskSession } from '../session/sessions.js';

/** As `@hono/node-server` gives it; who calls `fetch` by other means names the address, or nobody's is known. */
export interface DeskRequestOrigin {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string | undefined } };
  readonly address?: string;
}

export interface DeskEnv {
  readonly Bindings: DeskRequestOrigin;
  readonly Variables: { session: DeskSession };
}

export type DeskContext = Context<DeskEnv>;
export type DeskApp = OpenAPIHono<DeskEnv>;

export const addressOf = ({ env }: DeskContext): string =>
  env?.address ?? env?.incoming?.socket?.remoteAddress ?? 'unknown';

/** An answer that holds any JSON, which the framework's types of answers cannot say; its type is said by the caller. */
// The caller names the type, so that the compiler holds the answer against it.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export const told = <Answer extends object>(context: DeskContext, answer: Answer): never =>
  context.json(answer as never, 200) as never;
