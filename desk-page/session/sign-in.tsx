/** The way to a session where there is none: a token, or a new one-time link. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { DeskError } from '../api/client.js';
import { desk } from '../api/desk.js';
import { Problem } from '../parts/problem.js';
import { openSession } from '../state/session.js';

export const SignIn = (): JSX.Element => {
  const [token, setToken] = useState('');
  const [agentId, setAgentId] = useState('');
  const [error, setError] = useState<DeskError | undefined>(undefined);
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever signed out, or was, is told where they are.
  useEffect(() => heading.current?.focus(), []);
  const enter = (event: Event): void => {
    event.preventDefault();
    desk
      .signIn({ token, ...(agentId === '' ? {} : { agentId }) })
      .then((session) => {
        setToken('');
        openSession(session);
      })
      .catch((problem: unknown) => {
        if (problem instanceof DeskError) setError(problem);
      });
  };
  return (
    <main class="sign-in">
      <form class="card" onSubmit={enter}>
        <h1 ref={heading} tabIndex={-1}>
          Conflict desk
        </h1>
        <p class="muted">
          There is no session here, or it has ended. The link that <code>reknit desk</code> prints works once and opens
          one; a new link comes with a new start. On a hub’s desk, enter your token.
        </p>
        <label class="field-label">
          Token
          <input
            type="password"
            autocomplete="current-password"
            required
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
        <label class="field-label">
          Agent, where the token stands for several
          <input
            type="text"
            autocomplete="username"
            value={agentId}
            onInput={({ currentTarget }) => setAgentId(currentTarget.value)}
          />
        </label>
        {error !== undefined && <Problem error={error} />}
        <button type="submit" class="button main-action">
          Enter
        </button>
      </form>
    </main>
  );
};
