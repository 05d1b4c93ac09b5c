/** The bar above a list: words to find, and filters whose choices say how many conflicts each would leave. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { InboxPage } from '../../src/adapters/desk/api/index.js';
import type { InboxFilter } from '../routing/route.js';
import { kindName } from '../text/words.js';
import { spelledOut } from '../values/unseen.js';
import { ageNames, sortNames } from './query.js';

export interface FiltersProps {
  readonly filter: InboxFilter;
  readonly facets: InboxPage['facets'] | undefined;
  readonly onChange: (filter: InboxFilter) => void;
  readonly searchRef: { current: HTMLInputElement | null };
}

/** After the last key, before the server is asked. */
const typingPauseMs = 150;

export const Filters = ({ filter, facets, onChange, searchRef }: FiltersProps): JSX.Element => {
  const [words, setWords] = useState(filter.q ?? '');
  const [isOpen, setOpen] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => setWords(filter.q ?? ''), [filter.q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (name: keyof InboxFilter, value: string): void => {
    const others = Object.entries(filter).filter(([other]) => other !== name);
    onChange(Object.fromEntries(value === '' ? others : [...others, [name, value]]));
  };
  const isFiltered = ['q', 'type', 'kind', 'agent', 'age'].some(
    (name) => filter[name as keyof InboxFilter] !== undefined,
  );

  return (
    <search class={`filters ${isOpen ? 'is-open' : ''}`} aria-label="Search and filter">
      <label class="filter-search">
        <span class="unheard">Search conflicts</span>
        <input
          ref={searchRef}
          type="search"
          placeholder="Search ids, fields, people, values"
          value={words}
          onInput={({ currentTarget }) => {
            const { value } = currentTarget;
            setWords(value);
            clearTimeout(timer.current);
            timer.current = setTimeout(() => change('q', value), typingPauseMs);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && words === '') event.currentTarget.blur();
          }}
        />
      </label>
      <button type="button" class="button filter-toggle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Filters
      </button>
      <Choice
        label="Type"
        all="All types"
        value={filter.type}
        counts={facets?.resourceType}
        onChange={(value) => change('type', value)}
      />
      <Choice
        label="Kind"
        all="All kinds"
        value={filter.kind}
        counts={facets?.conflictType}
        name={kindName}
        onChange={(value) => change('kind', value)}
      />
      <Choice
        label="Agent"
        all="Everyone"
        value={filter.agent}
        counts={facets?.agent}
        onChange={(value) => change('agent', value)}
      />
      <Choice
        label="Age"
        all="Any age"
        value={filter.age}
        counts={Object.keys(ageNames).map((value) => ({ value }))}
        name={(value) => ageNames[value] ?? value}
        onChange={(value) => change('age', value)}
      />
      <Choice
        label="Order"
        value={filter.sort ?? 'newest'}
        counts={Object.keys(sortNames).map((value) => ({ value }))}
        name={(value) => sortNames[value] ?? value}
        onChange={(value) => change('sort', value === 'newest' ? '' : value)}
      />
      {isFiltered && (
        <button
          type="button"
          class="button quiet"
          onClick={() =>
            onChange({
              ...(filter.sort === undefined ? {} : { sort: filter.sort }),
              ...(filter.shown === undefined ? {} : { shown: filter.shown }),
            })
          }
        >
          Clear filters
        </button>
      )}
    </search>
  );
};

interface ChoiceProps {
  readonly label: string;
  readonly all?: string;
  readonly value: string | undefined;
  readonly counts: readonly { readonly value: string; readonly count?: number }[] | undefined;
  readonly name?: (value: string) => string;
  readonly onChange: (value: string) => void;
}

const Choice = ({ label, all, value = '', counts = [], name = spelledOut, onChange }: ChoiceProps): JSX.Element => {
  const known = value === '' || counts.some((one) => one.value === value) ? counts : [{ value }, ...counts];
  return (
    <label>
      <span class="unheard">{label}</span>
      <select
        class={value === '' || all === undefined ? '' : 'is-set'}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      >
        {all !== undefined && <option value="">{all}</option>}
        {known.map((one) => (
          <option key={one.value} value={one.value}>
            {name(one.value)}
            {'count' in one && one.count !== undefined ? ` (${one.count.toLocaleString()})` : ''}
          </option>
        ))}
      </select>
    </label>
  );
};
