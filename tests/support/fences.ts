/**
 * The code of the documents: every fence with the place it stands at. Fences of TypeScript are
 * modules; one that is marked `continued` goes on in the module of the fence before it, so that
 * a page can stop to explain and need not begin again.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Fence {
  /** Path of the document, from the root of the repository. */
  readonly document: string;
  readonly language: string;
  readonly isContinued: boolean;
  /** Words after the language. */
  readonly marks: readonly string[];
  /** Number of its first line of code, from 1. */
  readonly line: number;
  readonly code: readonly string[];
}

export interface Module {
  readonly document: string;
  readonly line: number;
  /** Stands line for line where the document has it, so that a complaint names the right line. */
  readonly source: string;
}

export const documents = (): readonly string[] => [
  'README.md',
  'SPEC.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    // The reference is made from the sources, and is no document that anybody wrote.
    .filter((path) => path.endsWith('.md') && !path.startsWith('api/') && !path.startsWith('api\\'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
    .sort(),
];

export const textOf = (document: string): string => readFileSync(join(root, document), 'utf8');

export const fencesOf = (document: string): readonly Fence[] => {
  const fences: Fence[] = [];
  let open: { readonly info: string; readonly line: number; readonly code: string[] } | undefined;
  for (const [index, line] of textOf(document).split('\n').entries()) {
    if (open === undefined) {
      if (line.startsWith('```')) open = { info: line.slice(3).trim(), line: index + 2, code: [] };
    } else if (line === '```') {
      const [language = '', ...marks] = open.info.split(' ');
      fences.push({
        document,
        language,
        isContinued: marks.includes('continued'),
        marks,
        line: open.line,
        code: open.code,
      });
      open = undefined;
    } else open.code.push(line);
  }
  if (open !== undefined) throw new Error(`${document}: the fence at line ${open.line} is never closed`);
  return fences;
};

export const modulesOf = (fences: readonly Fence[]): readonly Module[] => {
  const modules: { document: string; line: number; lines: string[] }[] = [];
  for (const { document, language, isContinued, line, code } of fences) {
    if (language !== 'ts') continue;
    const last = modules.at(-1);
    if (isContinued && last?.document !== document) throw new Error(`${document}:${line} continues nothing`);
    const module = isContinued && last !== undefined ? last : { document, line, lines: [] };
    if (module !== last) modules.push(module);
    while (module.lines.length < line - 1) module.lines.push('');
    module.lines.push(...code);
  }
  return modules.map(({ document, line, lines }) => ({
    document,
    line,
    source: [...lines, 'export {};', ''].join('\n'),
  }));
};
