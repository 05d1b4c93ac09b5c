/**
 * What the package exports, as text: every name of every entry point with its type, without comments and bodies, in the
 * order of names. What an entry point passes on from another is named and not repeated.
 *
 * TypeScript 7 has no JavaScript API to ask; `typescript-api` is its last version that has one, under a name of its own.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript-api';
import { root } from './fences.js';

export interface EntryPoint {
  /** As one imports it: `reknit/domain`. */
  readonly name: string;
  readonly text: string;
  readonly exported: number;
  /** Exports without a docstring, and where they stand. */
  readonly undocumented: readonly string[];
}

/** The layer that a thing belongs to comes before those that pass it on. */
const homesFirst = ['reknit/domain', 'reknit/application'];
const passOn = ['reknit/composition', 'reknit'];

/** Entry points by name, and their sources. */
const entryPoints = (): readonly (readonly [name: string, file: string])[] => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  };
  const rank = (name: string): number =>
    homesFirst.includes(name) ? homesFirst.indexOf(name) : passOn.includes(name) ? 20 + passOn.indexOf(name) : 10;
  return Object.entries(exports)
    .flatMap(([path, target]): readonly (readonly [string, string])[] =>
      typeof target === 'string'
        ? []
        : [
            [
              path.replace(/^\./, 'reknit'),
              join(root, target.types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts')),
            ],
          ],
    )
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
};

const compilerOptions = (): ts.CompilerOptions => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    readonly config: unknown;
  };
  return { ...ts.parseJsonConfigFileContent(config, ts.sys, root).options, noEmit: true };
};

/** Schemas of requests and answers: each file says what its own are about, and their members say the rest. */
const describedElsewhere = /^src\/adapters\/desk\/api\//;

/** All entry points; takes some seconds, as the compiler reads everything once. */
export const publicApi = (): readonly EntryPoint[] => {
  const entries = entryPoints();
  const program = ts.createProgram(
    entries.map(([, file]) => file),
    compilerOptions(),
  );
  const checker = program.getTypeChecker();
  const homes = new Map<ts.Symbol, string>();
  return entries.map(([name, file]) => {
    const source = program.getSourceFile(file);
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${name}: ${file} is no module`);
    const symbols = checker
      .getExportsOfModule(module)
      .map((symbol) => ({
        name: symbol.name,
        symbol: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const lines: string[] = [];
    const undocumented: string[] = [];
    for (const { name: exported, symbol } of symbols) {
      const home = homes.get(symbol);
      if (home !== undefined) {
        lines.push(`${exported}: as in ${home}`);
        continue;
      }
      homes.set(symbol, name);
      lines.push(describe(symbol, checker));
      const place = placeOf(symbol);
      if (symbol.getDocumentationComment(checker).length === 0 && !describedElsewhere.test(place))
        undocumented.push(`${exported} (${place})`);
    }
    return { name, text: `${lines.join('\n')}\n`, exported: symbols.length, undocumented };
  });
};

const placeOf = (symbol: ts.Symbol): string =>
  relative(root, symbol.declarations?.[0]?.getSourceFile().fileName ?? '').replaceAll('\\', '/');

const printer = ts.createPrinter({ removeComments: true });

const describe = (symbol: ts.Symbol, checker: ts.TypeChecker): string =>
  [...new Set((symbol.declarations ?? []).map((declaration) => declared(symbol, declaration, checker)))].join('\n');

/** Types as they are written; of a value the type alone, since its body is nobody's business. */
const declared = (symbol: ts.Symbol, declaration: ts.Declaration, checker: ts.TypeChecker): string => {
  if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration))
    return printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile()).replace(/^export /, '');
  const type = checker.getTypeOfSymbolAtLocation(symbol, declaration);
  const written = checker.typeToString(type, declaration, ts.TypeFormatFlags.NoTruncation);
  const keyword = ts.isClassDeclaration(declaration) ? 'class' : ts.isFunctionDeclaration(declaration) ? 'function' : 'const'; // prettier-ignore
  if (!ts.isClassDeclaration(declaration)) return `${keyword} ${symbol.name}: ${written}`;
  const members = declaration.members
    .filter(
      (member) =>
        !ts.getCombinedModifierFlags(member) || !(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private),
    ) // prettier-ignore
    .map((member) => printer.printNode(ts.EmitHint.Unspecified, withoutBody(member), declaration.getSourceFile()));
  return `class ${symbol.name} {\n${members.map((member) => `    ${member}`).join('\n')}\n}`;
};

const withoutBody = (member: ts.ClassElement): ts.Node => {
  if (ts.isConstructorDeclaration(member))
    return ts.factory.updateConstructorDeclaration(member, member.modifiers, member.parameters, undefined);
  if (ts.isMethodDeclaration(member))
    return ts.factory.updateMethodDeclaration(
      member,
      member.modifiers,
      member.asteriskToken,
      member.name,
      member.questionToken,
      member.typeParameters,
      member.parameters,
      member.type,
      undefined,
    );
  return member;
};
