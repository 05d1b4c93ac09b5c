/** The few signs that the desk uses, drawn with the text's colour; always beside words, so never read aloud. */
import type { JSX } from 'preact';

const paths = {
  inbox: 'M3 10l2.2-5.5h9.6L17 10v5.5H3V10h4a3 3 0 006 0h4',
  done: 'M3.5 10.5l4 4 9-9',
  resource:
    'M6 3v8.5a3 3 0 003 3h5M6 5a2 2 0 100-.01M14 14.500a2 2 0 104 0 2 2 0 10-4 0M14 7.500a2 2 0 104 0 2 2 0 10-4 0M6 7.500h8',
  overview: 'M3 16.500h14M5.500 14V9M10 14V4M14.500 14v-7',
  rules: 'M3 6h8m4 0h2M3 14h2m4 0h8M13 6a2 2 0 10-.01 0M7 14a2 2 0 10-.01 0',
  keys: 'M2.500 5.500h15v9h-15zM5.500 8.500h.01M8.500 8.500h.01M11.500 8.500h.01M14.500 8.500h.01M6.500 11.500h7',
  light:
    'M10 6.500a3.500 3.500 0 100 7 3.500 3.500 0 000-7M10 2v1.500M10 16.500V18M2 10h1.500M16.500 10H18M4.300 4.300l1.100 1.100M14.600 14.600l1.100 1.100M4.300 15.700l1.100-1.100M14.600 5.400l1.100-1.100',
  dark: 'M16.500 12A7 7 0 018 3.500 7 7 0 1016.500 12z',
  system: 'M2.500 4.500h15v9h-15zM7.500 16.500h5M10 13.500v3',
  leave: 'M11.500 3.500h-8v13h8M8 10h9M13.500 6.500L17 10l-3.500 3.500',
  warning: 'M10 3.500L2.500 16.500h15zM10 8.500v3.500M10 14.200v.1',
  undo: 'M7 4.500L3.500 8 7 11.500M3.500 8h8a4 4 0 010 8H9',
  clock: 'M10 3a7 7 0 100 14 7 7 0 000-14M10 6v4.300l2.700 1.700',
  search: 'M9 3.500a5.500 5.500 0 100 11 5.500 5.500 0 000-11M13 13l4 4',
} as const;

export type IconName = keyof typeof paths;

export const Icon = ({ name }: { readonly name: IconName }): JSX.Element => (
  <svg
    width="20"
    height="20"
    viewBox="0 0 20 20"
    fill="none"
    stroke="currentColor"
    stroke-width="1.6"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d={paths[name]} />
  </svg>
);
