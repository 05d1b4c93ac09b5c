/**
 * Reads the import statements of a TypeScript source. TypeScript 7 has no JavaScript API to ask, so this is a
 * reader of text; where it cannot know better it errs on the side of finding an import that is none, since what
 * it misses would pass unseen.
 */
export interface ImportStatement {
  readonly specifier: string;
  /** Erased by the compiler: nothing is loaded for it. */
  readonly typeOnly: boolean;
  /** Loaded when the program gets there, not when the file is loaded. */
  readonly dynamic: boolean;
}

/** `import … from 'x'` and `export … from 'x'`; in a clause stand names, braces, commas and a star, never a quote. */
const fromStatement =
  /^[ \t]*(?:import|export)\s+(type\s+)?(?:\*(?:\s*as\s+[\w$]+)?|[\w$*{}\s,]+?)\s*\bfrom\s*(['"])([^'"\n]+)\2/gm;
/** `import 'x'`, for its effect alone. */
const bareStatement = /^[ \t]*import\s*(['"])([^'"\n]+)\1/gm;
/** `import('x')`, as an expression or as a type, and the calls that load the CommonJS way. */
const call = /\b(?:import|require|require\.resolve)\s*\(\s*(['"`])([^'"`\n]+)\1/g;

export const importsOf = (source: string): readonly ImportStatement[] => {
  const code = withoutComments(source);
  return [
    ...[...code.matchAll(fromStatement)].map((match) => ({
      specifier: match[3] ?? '',
      typeOnly: match[1] !== undefined,
      dynamic: false,
    })),
    ...[...code.matchAll(bareStatement)].map((match) => ({
      specifier: match[2] ?? '',
      typeOnly: false,
      dynamic: false,
    })),
    ...[...code.matchAll(call)].map((match) => ({ specifier: match[2] ?? '', typeOnly: false, dynamic: true })),
  ];
};

/** Whole lines of comment, unless the comment ends on them: what stays by mistake can only add an import. */
const withoutComments = (source: string): string =>
  source.replace(/^[ \t]*(?:\/\/|(?:\/\*|\*(?=\s|$))(?!.*\*\/)).*$/gm, '');

/** The package of a bare specifier: `@noble/hashes/sha2.js` is of `@noble/hashes`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
