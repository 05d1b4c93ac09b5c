/** What each shipped rule would make of this conflict, and which of them the policy asks. Any of them can be followed. */
import type { JSX } from 'preact';
import type { Conflict, StrategyOpinion } from '../../src/adapters/desk/api/index.js';
import { SideBadge, sideLetter } from '../parts/names.js';
import { actionWords, strategyName } from '../text/words.js';
import { ServerValue } from '../values/server-value.js';
import { VisibleText } from '../values/visible-text.js';
import type { Choice } from './choice.js';

export interface StrategiesProps {
  readonly conflict: Conflict;
  readonly onFollow?: (choice: Choice) => void;
}

export const Strategies = ({ conflict, onFollow }: StrategiesProps): JSX.Element => (
  <section class="card" aria-labelledby="strategies">
    <header>
      <h2 id="strategies">What rules would decide</h2>
    </header>
    <div class="body scroll-x" tabIndex={0} role="group" aria-labelledby="strategies">
      {conflict.strategyError !== undefined && (
        <p class="note bad small-text">
          The policy’s strategy was of no use: <VisibleText text={conflict.strategyError} />
        </p>
      )}
      <table>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">Takes</th>
            <th scope="col">
              <span class="unheard">Follow it</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {conflict.strategies.map((opinion) => {
            const choice = choiceOf(opinion);
            return (
              <tr key={opinion.name}>
                <th scope="row">
                  {strategyName(opinion.name)} {opinion.isPolicy && <span class="tag accent">this policy</span>}
                </th>
                <td>
                  <Verdict conflict={conflict} opinion={opinion} />
                </td>
                <td class="number">
                  {choice !== undefined && onFollow !== undefined && (
                    <button
                      type="button"
                      class="button small"
                      aria-label={`Choose as ${strategyName(opinion.name)}`}
                      onClick={() => onFollow(choice)}
                    >
                      Choose
                    </button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  </section>
);

const Verdict = ({
  conflict,
  opinion,
}: {
  readonly conflict: Conflict;
  readonly opinion: StrategyOpinion;
}): JSX.Element => {
  const { outcome } = opinion;
  switch (outcome.type) {
    case 'winner': {
      const index = conflict.sides.findIndex(({ eventId }) => eventId === outcome.eventId);
      return (
        <span class="line">
          <SideBadge index={index} />
          <span class="unheard">Side {sideLetter(index)}</span>
          <VisibleText text={conflict.sides[index]?.agentId ?? ''} />
        </span>
      );
    }
    case 'value':
      return <ServerValue shown={outcome.value} />;
    case 'apply':
      return <>{actionWords[outcome.action]?.name ?? outcome.action}</>;
    case 'undecided':
      return <span class="muted">leaves it to a person</span>;
    case 'failed':
      return (
        <span class="muted">
          cannot: <VisibleText text={outcome.message} />
        </span>
      );
  }
};

const choiceOf = ({ outcome }: StrategyOpinion): Choice | undefined => {
  switch (outcome.type) {
    case 'winner':
      return { type: 'side', eventId: outcome.eventId };
    case 'value':
      return outcome.value !== undefined && 'value' in outcome.value
        ? { type: 'value', value: outcome.value.value }
        : undefined;
    case 'apply':
      return outcome.action in actionWords
        ? { type: 'apply', action: outcome.action as 'restore' | 'detach' | 'cascade' | 'keep' }
        : undefined;
    case 'undecided':
    case 'failed':
      return undefined;
  }
};
