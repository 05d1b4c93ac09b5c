/** Something asked of the server for a view: kept while it is asked for again, so that nothing flickers. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { DeskError } from '../api/client.js';

export interface Loaded<Answer> {
  readonly answer: Answer | undefined;
  readonly error: DeskError | undefined;
  readonly reload: () => void;
  /** Puts an answer there that came by another way. */
  readonly put: (answer: Answer) => void;
}

/** @param subject what is asked about: another one forgets the answer about the last */
export const useLoaded = <Answer>(subject: string, load: (signal: AbortSignal) => Promise<Answer>): Loaded<Answer> => {
  const [state, setState] = useState<{ subject: string; answer?: Answer; error?: DeskError }>({ subject });
  const running = useRef<AbortController | undefined>(undefined);
  const latest = useRef(load);
  latest.current = load;

  const reload = useCallback((): void => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    latest
      .current(controller.signal)
      .then((answer) => {
        if (!controller.signal.aborted) setState({ subject, answer });
      })
      .catch((error: unknown) => {
        if (controller.signal.aborted) return;
        const problem = error instanceof DeskError ? error : new DeskError(0, 'page', String(error), undefined);
        setState((before) => ({ ...before, subject, error: problem }));
      });
  }, [subject]);

  const put = useCallback(
    (answer: Answer): void => {
      running.current?.abort();
      setState({ subject, answer });
    },
    [subject],
  );

  useEffect(() => {
    reload();
    return () => running.current?.abort();
  }, [reload]);

  const isCurrent = state.subject === subject;
  return {
    answer: isCurrent ? state.answer : undefined,
    error: isCurrent ? state.error : undefined,
    reload,
    put,
  };
};
