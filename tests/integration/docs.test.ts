/**
 * What the documents show is true: their TypeScript compiles and runs, and asserts what it
 * claims; their queries run on a replica's file; their commands, scripts and links exist.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { openReplica } from 'reknit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import type { Surroundings } from '../../src/cli/surroundings.js';
import { documents, fencesOf, modulesOf, root, textOf } from '../support/fences.js';
import { createFolder, temporaryFolder } from '../support/temporary-folder.js';

const fences = documents().flatMap(fencesOf);
const modules = modulesOf(fences).map((module) => ({ ...module, place: `${module.document}:${module.line}` }));

const silent = { write: () => undefined };

/** Within the project, where packages are found, in a folder that git, formatter and linter leave alone. */
const folder = join(root, '.examples', 'docs');
const nameOf = (place: string): string => `${place.replace(/[^a-z0-9]+/gi, '-')}.ts`;

/** What the last column of the glossary names, as far as it is code and no link. */
const glossaryNames = new Set(
  [...textOf('README.md').matchAll(/^\| [^|]+ \| [^|]+ \| (`.*`) \|$/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  ),
);

const working = createFolder();
const startedIn = process.cwd();

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { place, source } of modules) writeFileSync(join(folder, nameOf(place)), source);
  // Terms of the glossary that are names in code must be names that the package exports.
  const terms = `{ ${[...glossaryNames].join(', ')} }`;
  writeFileSync(join(folder, 'glossary.ts'), `import type ${terms} from 'reknit';\nexport type ${terms};\n`);
  const project = {
    extends: '../../tsconfig.json',
    compilerOptions: {
      paths: {
        reknit: ['../../src/index.ts'],
        'reknit/hub': ['../../src/adapters/hub/index.ts'],
        'reknit/desk': ['../../src/adapters/desk/index.ts'],
        'reknit/*': ['../../src/*/index.ts'],
      },
    },
    include: ['*.ts'],
    exclude: [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
  // Files that an example makes are made here.
  process.chdir(working.path);
});
afterAll(() => {
  process.chdir(startedIn);
  working.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('TypeScript', () => {
  test('there is some in the README and in every guide', () => {
    const guides = documents().filter(
      (path) => path === 'README.md' || /^docs\/guides\/(?!command-line|sqlite-file)/.test(path),
    );

    expect(guides.filter((path) => !modules.some(({ document }) => document === path))).toEqual([]);
  });

  test('the glossary names types', () => {
    expect(glossaryNames.size).toBeGreaterThan(20);
  });

  test('compiles as it stands, and the glossary names what is exported', () => {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    });

    // The sources have a check of their own; what is wrong there is told there.
    const complaints = stdout.split('\n').filter((line) => line.includes('error TS') && !line.startsWith('../../src/'));
    expect(complaints).toEqual([]);
    // A compiler's start on a busy machine is no fault of a document.
  }, 60_000);

  test.each(modules.map(({ place }) => [place]))(
    '%s runs, and what it asserts holds',
    async (place) => {
      await import(/* @vite-ignore */ join(folder, nameOf(place)));
    },
    // The first one loads everything.
    60_000,
  );
});

describe('examples', () => {
  const programs = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.ts'));

  test.each(programs)(
    '%s runs, and tells what it does',
    async (program) => {
      const told = vi.spyOn(console, 'log').mockImplementation(() => undefined);
      try {
        await import(/* @vite-ignore */ join(root, 'examples', program));
        expect(told).toHaveBeenCalled();
      } finally {
        told.mockRestore();
      }
    },
    60_000,
  );
});

describe('what is typed into a shell', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Record<string, string>;
  };
  const surroundings = { output: silent, errors: silent } as unknown as Surroundings;
  const reknit = createProgram(() => async () => undefined, false, surroundings);
  const typed = fences
    .filter(({ language }) => language === 'console')
    .flatMap(({ document, line, code }) =>
      code.flatMap((text, index) =>
        text.startsWith('$ ')
          ? text
              .slice(2)
              .split(/&&|\|/)
              .map((call) => ({ place: `${document}:${line + index}`, call: call.trim() }))
          : [],
      ),
    );
  /** What is wrong with a call; undefined for a good one. */
  const problemOf = (call: string): string | undefined => {
    const words = call.replace(/^(?:[A-Z_]+=\S+ )+/, '').split(/\s+/);
    const [program = '', first = '', second = ''] = words;
    if (program === 'npm' && first === 'run')
      return Object.hasOwn(scripts, second) ? undefined : `there is no script "${second}"`;
    if (program === 'npm')
      return ['ci', 'test', 'install'].includes(first) ? undefined : `npm ${first} is not expected here`;
    const isOurs = program === 'reknit' || (program === 'npx' && first === 'reknit');
    if (isOurs) {
      const path = [reknit];
      const rest = words.slice(program === 'npx' ? 2 : 1);
      // A command may have commands of its own.
      for (const word of rest) {
        const next = path.at(-1)?.commands.find((command) => command.name() === word);
        if (next === undefined) break;
        path.push(next);
      }
      const known = path.flatMap(({ options }) => options);
      const unknown = rest.find(
        (word) => /^--?[a-z]/.test(word) && !known.some(({ short, long }) => word === short || word === long),
      );
      if (path.length === 1 && unknown === undefined && !/^--(?:help|version)$/.test(rest[0] ?? ''))
        return `reknit has no command "${rest[0] ?? ''}"`;
      return unknown === undefined || unknown === '--help' ? undefined : `${call} has no option ${unknown}`;
    }
    return ['sqlite3', 'cat', 'export'].includes(program) ? undefined : `"${program}" is not expected here`;
  };

  test('names scripts and commands that exist', () => {
    expect(typed.length).toBeGreaterThan(0);
    expect(typed.flatMap(({ place, call }) => problemOf(call)?.concat(` (${place})`) ?? [])).toEqual([]);
  });
});

describe('SQL', () => {
  const queries = fences
    .filter(({ language }) => language === 'sql')
    .map(({ document, line, code }) => ({ place: `${document}:${line}`, sql: code.join('\n') }));

  test('there is some', () => {
    expect(queries.length).toBeGreaterThan(0);
  });

  test('runs on a replica’s file', async () => {
    const file = join(temporaryFolder(), 'work.db');
    const replica = await openReplica({ file, agentId: 'ada' });
    await replica.create('feature', 'feat-1', { title: 'Merge offline', status: 'todo' });
    await replica.close();

    const database = new Database(file, { readonly: true });
    const failures = queries.flatMap(({ place, sql }) =>
      sql
        .split(/;\s*$/m)
        .map((statement) => statement.trim())
        .filter((statement) => statement !== '')
        .flatMap((statement) => {
          try {
            database.prepare(statement).all();
            return [];
          } catch (error) {
            return [`${place}: ${String(error)}`];
          }
        }),
    );
    database.close();

    expect(failures).toEqual([]);
  });
});

describe('links', () => {
  const slugOf = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
  const anchorsIn = (document: string): readonly string[] =>
    [...textOf(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slugOf(heading));

  test.each(documents())('of %s lead somewhere', (document) => {
    const links = [...textOf(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : join(dirname(document), path).replaceAll('\\', '/');
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsIn(target).includes(anchor);
    });

    expect(broken).toEqual([]);
  });
});
