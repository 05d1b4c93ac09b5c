/** The resource that the benches work on: a feature of five fields, and changes of one of them. */
import type { Random } from './random.js';

export const resourceType = 'feature';
export const featureId = (index: number): string => `feat-${String(index).padStart(6, '0')}`;

const numbered = (name: string, count: number): [string, ...string[]] => [
  `${name}-1`,
  ...Array.from({ length: count - 1 }, (_, index) => `${name}-${index + 2}`),
];

const statuses = numbered('status', 5);
const priorities = numbered('priority', 4);
const assignees = numbered('assignee', 8);
const letters = 'abcdefghijklmnopqrstuvwxyz '.split('') as [string, ...string[]];
const titleLength = 40;

const valueOf = {
  title: (random: Random): string => Array.from({ length: titleLength }, () => random.oneOf(letters)).join(''),
  status: (random: Random): string => random.oneOf(statuses),
  priority: (random: Random): string => random.oneOf(priorities),
  assignee: (random: Random): string => random.oneOf(assignees),
  count: (random: Random): number => random.below(1_000),
};

type Field = keyof typeof valueOf;
const fields = Object.keys(valueOf) as [Field, ...Field[]];

export type FeatureFields = Record<string, string | number>;

export const wholeFeature = (random: Random): FeatureFields =>
  Object.fromEntries(fields.map((field) => [field, valueOf[field](random)]));

export const oneField = (random: Random): FeatureFields => {
  const field = random.oneOf(fields);
  return { [field]: valueOf[field](random) };
};
