/** A value with what changed in it marked: by colour, by a line under or through it, and by elements that say so. */
import type { JSX } from 'preact';
import { differenceOf, type Difference, type TextPart } from './difference.js';
import type { Json } from './json.js';
import { ShownValue } from './shown-value.js';
import { Marked, VisibleText } from './visible-text.js';

export const ShownDifference = ({
  from,
  to,
}: {
  readonly from: Json | undefined;
  readonly to: Json | undefined;
}): JSX.Element => <Shown difference={differenceOf(from, to)} />;

const Shown = ({ difference }: { readonly difference: Difference }): JSX.Element => {
  switch (difference.type) {
    case 'same':
      return <ShownValue value={difference.value} />;
    case 'added':
      return <Added value={difference.to} />;
    case 'removed':
      return <Removed value={difference.from} />;
    case 'replaced':
      return (
        <span class="stack tight">
          <Removed value={difference.from} />
          <Added value={difference.to} />
        </span>
      );
    case 'text':
      return <TextParts parts={difference.parts} />;
    case 'members':
      return (
        <ul class="members">
          {difference.members.map(({ key, difference: member }) => (
            <li key={key}>
              <span class="member-name any">
                <VisibleText text={key} />
              </span>
              <Shown difference={member} />
            </li>
          ))}
        </ul>
      );
    case 'items':
      return (
        <ul class="members">
          {difference.items.map((item, index) => (
            <li key={index}>
              <span class="muted small-text">{itemWords[item.type] ?? ''}</span>
              <Shown difference={item} />
            </li>
          ))}
        </ul>
      );
  }
};

const itemWords: Partial<Record<Difference['type'], string>> = { added: 'added', removed: 'removed', same: 'same' };

const Added = ({ value }: { readonly value: Json }): JSX.Element => (
  <ins class="change">
    <ShownValue value={value} />
  </ins>
);

const Removed = ({ value }: { readonly value: Json }): JSX.Element => (
  <del class="change">
    <ShownValue value={value} />
  </del>
);

/** Unchanged stretches of a long text shrink to their ends. */
const keptCharacters = 120;

const TextParts = ({ parts }: { readonly parts: readonly TextPart[] }): JSX.Element => (
  <span class="value prose" dir="auto">
    <bdi>
      {parts.map(({ type, text }, index) => {
        const shown = <Stretch text={text} isSame={type === 'same'} />;
        if (type === 'added')
          return (
            <ins key={index} class="change">
              {shown}
            </ins>
          );
        if (type === 'removed')
          return (
            <del key={index} class="change">
              {shown}
            </del>
          );
        return <span key={index}>{shown}</span>;
      })}
    </bdi>
  </span>
);

const Stretch = ({ text, isSame }: { readonly text: string; readonly isSame: boolean }): JSX.Element => {
  const kept = isSame ? keptCharacters : keptCharacters * 5;
  if (text.length <= kept * 3) return <Marked text={text} />;
  return (
    <>
      <Marked text={text.slice(0, kept)} />
      <span class="word"> … {(text.length - 2 * kept).toLocaleString()} characters … </span>
      <Marked text={text.slice(-kept)} />
    </>
  );
};
