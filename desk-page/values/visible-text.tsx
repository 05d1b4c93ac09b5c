/** Text of anyone as text: isolated in its direction, with each character that one would not see named in its place. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { markOf, segmentsOf } from './unseen.js';

export const VisibleText = ({ text }: { readonly text: string }): JSX.Element => (
  <bdi>
    <Marked text={text} />
  </bdi>
);

/** The same without isolation, for parts of a text that belong together. */
export const Marked = ({ text }: { readonly text: string }): JSX.Element => {
  const segments = useMemo(() => segmentsOf(text), [text]);
  return (
    <>
      {segments.map((segment, index) => {
        switch (segment.type) {
          case 'plain':
            return segment.text;
          case 'line-end':
            return (
              <span key={index}>
                <span class="line-end" title={segment.name} aria-hidden="true">
                  {markOf(segment.text)}
                </span>
                {'\n'}
              </span>
            );
          case 'unseen':
            return (
              <span key={index} class="unseen" title={segment.name}>
                {markOf(segment.text)}
              </span>
            );
        }
      })}
    </>
  );
};
