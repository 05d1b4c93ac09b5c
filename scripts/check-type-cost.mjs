/**
 * What typed definitions cost whoever compiles with them: sixty definitions of forty fields of every kind, each with a
 * group, a strategy, an upcast and typed use, are checked against the built declarations. The compiler may take two
 * seconds for them; a type that goes over every pair of fields, or of definitions, takes minutes.
 *
 *     npm run check:type-cost
 *     npm run check:type-cost -- --definitions=120 --fields=80
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, root, tool } from './run.mjs';

const numberOf = (name, byDefault) =>
  Number(process.argv.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1] ?? byDefault);
const definitions = numberOf('definitions', 60);
const fields = numberOf('fields', 40);
const secondsMax = 2;
/** The machine may be busy with something else; the least of a few is what the types cost. */
const runs = 3;

/** Each kind of field: how it is declared, and what an update may carry. */
const kinds = [
  ['register<string>()', `'text'`],
  [`register<'todo' | 'doing' | 'done'>(undefined, { default: 'todo' })`, `'doing'`],
  ['register<number>(undefined, { strategy: maximum() })', '3'],
  ['register(point)', '{ x: 1, y: 2 }'],
  ['counter()', 'increment(2)'],
  ['set(colour)', `{ ...add('red'), ...remove('blue') }`],
  ['list<number>()', 'splice(0, 1, [1, 2])'],
  ['text()', `text.edit('new')`],
  [`reference('type0')`, 'null'],
  ['register()', '[{ any: null }]'],
];
const kindOf = (field) => kinds[field % kinds.length];
const numbers = (count) => Array.from({ length: count }, (_, index) => index);

const definition = (index) => `
const type${index} = defineResource('type${index}', {
  version: 2,
  fields: {
${numbers(fields)
  .map((field) => `    field${field}: ${kindOf(field)[0]},`)
  .join('\n')}
  },
  indexes: ['field1'],
  upcast: { 1: ({ old, ...rest }) => ({ ...rest, ...(old === undefined ? {} : { field0: old }) }) },
}).group('pair', ['field0', 'field3'], { strategy: lastWriteWins() });
export const use${index} = async (replica: Replica): Promise<number | string | undefined> => {
  const resources = replica.resource(type${index});
  await resources.create('a', { field0: 'x', field4: 1, field5: ['red'] });
  await resources.update('a', {
${numbers(fields)
  .map((field) => `    field${field}: ${kindOf(field)[1]},`)
  .join('\n')}
  });
  await resources.edit('a', ({ fields }) => (fields.field1 === 'todo' ? { field1: 'done' } : undefined));
  await replica.commit([resources.write.update('a', { field4: increment(1) })]);
  for await (const { fields } of resources.list({ where: { field1: ['todo', 'done'], field2: 3 } })) return fields.field4;
  // @ts-expect-error a value that the field cannot have
  await resources.update('a', { field1: 'later' });
  return undefined;
};`;

const source = `import {
  add, counter, definePolicy, defineResource, increment, lastWriteWins, list, maximum, reference, register, remove,
  set, splice, text, type Replica, type SchemaOf,
} from 'reknit';
declare const point: SchemaOf<{ readonly x: number; readonly y: number }>;
declare const colour: SchemaOf<'red' | 'blue'>;
${numbers(definitions).map(definition).join('\n')}
export const policy = definePolicy({ name: 'many', version: 1, resources: [${numbers(definitions)
  .map((index) => `type${index}`)
  .join(', ')}] });
`;

build();
// Within the project, where the package is found by its name; git, formatter and linter leave this folder alone.
const parent = join(root, '.examples');
mkdirSync(parent, { recursive: true });
const folder = mkdtempSync(join(parent, 'type-cost-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'definitions.ts'), source);
const project = { extends: '../../tsconfig.base.json', compilerOptions: { noEmit: true, lib: ['ES2023', 'ESNext.Disposable', 'DOM'] }, files: ['definitions.ts'] }; // prettier-ignore
writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));

const checkSeconds = () => {
  const { ok, stdout } = tool('typescript/bin/tsc', ['-p', folder, '--extendedDiagnostics', '--pretty', 'false'], {
    output: 'caught',
    mayFail: true,
  });
  const [, seconds] = /^Check time:\s+([\d.]+)s$/m.exec(stdout) ?? [];
  const [, instantiations] = /^Instantiations:\s+(\d+)/m.exec(stdout) ?? [];
  if (!ok || seconds === undefined) {
    console.error(stdout.split('\n').slice(0, 20).join('\n'));
    console.error(ok ? 'the compiler gave no check time' : 'the definitions do not compile');
    process.exit(1);
  }
  return { seconds: Number(seconds), instantiations };
};

const measured = numbers(runs).map(checkSeconds);
const seconds = Math.min(...measured.map((run) => run.seconds));
console.log(
  `${definitions} definitions of ${fields} fields are checked in ${seconds.toFixed(2)} s (${measured[0].instantiations} instantiations, limit ${secondsMax} s)`,
);
if (seconds > secondsMax) process.exit(1);
