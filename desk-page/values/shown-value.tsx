/**
 * One JSON value for a reader: a text as text, everything else by its kind, members and items one under the other.
 * A text that could be taken for something else (`"42"`, `""`) keeps its quotes.
 */
import type { JSX } from 'preact';
import { isList, isRecord, type Json } from './json.js';
import { LongText } from './long-text.js';
import { VisibleText } from './visible-text.js';

/** Values larger than this, as JSON, are shown as one shortened text. */
const structuredCharactersMax = 4_000;

export const ShownValue = ({ value }: { readonly value: Json | undefined }): JSX.Element => {
  if (value === undefined) return <Word>not set</Word>;
  if (typeof value === 'string')
    return (
      <span class="value prose" dir="auto">
        {needsQuotes(value) ? (
          <>
            “<LongText text={value} />”
          </>
        ) : (
          <LongText text={value} />
        )}
      </span>
    );
  if (value === null) return <Word>null</Word>;
  if (typeof value !== 'object') return <span class="value">{String(value)}</span>;
  const text = JSON.stringify(value, null, 2);
  if (text.length > structuredCharactersMax)
    return (
      <span class="value">
        <LongText text={text} />
      </span>
    );
  return <Structure value={value} />;
};

const Structure = ({ value }: { readonly value: Json & object }): JSX.Element => {
  if (isList(value))
    return value.length === 0 ? (
      <Word>empty list</Word>
    ) : (
      <ol class="members">
        {value.map((item, index) => (
          <li key={index}>
            <span class="muted">{index + 1}.</span>
            <ShownValue value={item} />
          </li>
        ))}
      </ol>
    );
  const members = isRecord(value) ? Object.entries(value) : [];
  return members.length === 0 ? (
    <Word>no members</Word>
  ) : (
    <ul class="members">
      {members.map(([name, member]) => (
        <li key={name}>
          <span class="member-name any">
            <VisibleText text={name} />
          </span>
          <ShownValue value={member} />
        </li>
      ))}
    </ul>
  );
};

export const Word = ({ children }: { readonly children: string }): JSX.Element => (
  <span class="value">
    <span class="word">{children}</span>
  </span>
);

const needsQuotes = (text: string): boolean => text.trim() !== text || text === '' || isOtherJson(text);

const isOtherJson = (text: string): boolean => {
  if (text.length > 40) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return text === 'not set';
  }
};
