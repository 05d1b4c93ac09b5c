/**
 * The names that layers without a platform share with every platform: Node, browsers and workers all have
 * AbortSignal and AbortController, the language does not. Only what is used of it is declared, and only for those layers (see their
 * tsconfig.json); whoever has a platform, embedders included, sees the platform's own declaration instead.
 */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
