/** The rules of the house as functions over the text of files: each returns one sentence per breach. */
import path from 'node:path';
import ts from 'typescript';

/** A file of the project: its path from the root, `/` between names, and its text. */
export interface HouseFile {
  readonly path: string;
  readonly text: string;
}

/** A rule looks at all files at once; nothing returned means that it is kept. */
export type HouseRule = (files: readonly HouseFile[]) => string[];

const floors = ['base', 'rules', 'platform', 'store', 'work', 'agent', 'face'] as const;

/** 1 for `src/base/` up to 8 for `src/main.ts`; `undefined` for what stands on no floor. */
export function floorOf(file: string): number | undefined {
  if (/^src\/main\.[jt]s$/.test(file)) return floors.length + 1;
  const folder = /^src\/([^/]+)\//.exec(file)?.[1];
  const at = floors.findIndex((floor) => floor === folder);
  return at < 0 ? undefined : at + 1;
}

const isTypeScript = (file: HouseFile): boolean => file.path.endsWith('.ts');
const isSource = (file: HouseFile): boolean => isTypeScript(file) && file.path.startsWith('src/');

function parse(file: HouseFile): ts.SourceFile {
  return ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

/**
 * What a file imports, in whichever form: declarations, re-exports, `import()`, import types, `require()`.
 */
function importsOf(file: HouseFile): string[] {
  const found: string[] = [];
  const add = (node: ts.Node | undefined): void => {
    if (node && ts.isStringLiteralLike(node)) found.push(node.text);
  };
  visit(parse(file), (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    else if (ts.isCallExpression(node)) {
      const called = node.expression;
      const isImport = called.kind === ts.SyntaxKind.ImportKeyword;
      if (isImport || /(^|\.)require(\.resolve)?$/.test(called.getText())) add(node.arguments[0]);
    }
  });
  return found;
}

function resolved(file: HouseFile, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return path.posix.join(path.posix.dirname(file.path), specifier).replace(/\.js$/, '.ts');
}

/** Imports go down: never up, never out of `src/`, and every file of `src/` stands on a floor. */
export const importsGoDown: HouseRule = (files) =>
  files.filter(isSource).flatMap((file) => {
    const floor = floorOf(file.path);
    if (floor === undefined) return [`${file.path} stands on no floor`];
    return importsOf(file).flatMap((specifier) => {
      const target = resolved(file, specifier);
      if (target === undefined) return [];
      const below = floorOf(target);
      if (below === undefined) return [`${file.path} imports ${target}, which is outside the floors`];
      return below > floor ? [`${file.path} imports upwards: ${target}`] : [];
    });
  });

/** The job a file of `src/work/` belongs to; `undefined` for what all jobs may use. */
function jobOf(file: string): string | undefined {
  const name = /^src\/work\/([^/]+)/.exec(file)?.[1]?.replace(/\.ts$/, '');
  return name === 'parts' || name === 'deps' ? undefined : name;
}

/** Jobs never import each other, and what they share never imports a job. */
export const jobsStayApart: HouseRule = (files) =>
  files
    .filter((file) => file.path.startsWith('src/work/') && isTypeScript(file))
    .flatMap((file) =>
      importsOf(file).flatMap((specifier) => {
        const job = jobOf(resolved(file, specifier) ?? '');
        return job === undefined || job === jobOf(file.path) ? [] : [`${file.path} imports the job ${job}`];
      }),
    );

interface Room {
  readonly word: string;
  readonly imports: RegExp;
  readonly may: RegExp;
}

const rooms: readonly Room[] = [
  { word: 'better-sqlite3', imports: /^better-sqlite3$/, may: /^src\/store\/catalog\// },
  { word: 'node:fs', imports: /^(node:)?fs(\/|$)/, may: /^src\/(platform|store\/vault|store\/ledger)\// },
];

/** Modules that touch something: they have no place where decisions are made. */
const touching =
  /^(node:)?(child_process|cluster|dgram|dns|fs|http|http2|https|net|os|process|timers|tls|worker_threads)(\/|$)/;

/** Modules stay in the rooms that are theirs. */
export const modulesStayInTheirRooms: HouseRule = (files) =>
  files.filter(isSource).flatMap((file) =>
    importsOf(file).flatMap((specifier) => {
      const left = rooms.filter((room) => room.imports.test(specifier) && !room.may.test(file.path));
      const pure = /^src\/(base|rules)\//.test(file.path) && touching.test(specifier);
      return [
        ...left.map((room) => `${file.path} uses ${room.word} outside its room`),
        ...(pure ? [`${file.path} imports ${specifier}, but decides without touching anything`] : []),
      ];
    }),
  );

function touches(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText().replaceAll(/\s/g, '');
    if (/^(globalThis\.)?Date\.now$/.test(text)) return 'Date.now';
    if (text === 'Math.random') return 'Math.random';
  }
  if (
    ts.isNewExpression(node) &&
    node.expression.getText() === 'Date' &&
    (node.arguments?.length ?? 0) === 0
  ) {
    return 'new Date()';
  }
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'Date()';
  if (!ts.isIdentifier(node)) return undefined;
  const isName = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
  const isKey = ts.isPropertyAssignment(node.parent) || ts.isPropertySignature(node.parent);
  if (isName || isKey) return undefined;
  return node.text === 'console' || node.text === 'process' ? node.text : undefined;
}

const roomOfWord: Readonly<Record<string, RegExp>> = {
  'Date.now': /^src\/base\/time\.ts$/,
  'new Date()': /^src\/base\/time\.ts$/,
  'Date()': /^src\/base\/time\.ts$/,
  console: /^(src\/main\.ts$|bench\/)/,
  'Math.random': /^src\/(platform|store|work|agent|face)\//,
  process: /^src\/(platform|store|work|agent|face)\/|^src\/main\.ts$|^bench\//,
};

/** The clock, the console, chance and the process are spoken of only where they belong. */
export const wordsStayInTheirRooms: HouseRule = (files) =>
  files
    .filter((file) => isTypeScript(file) && /^(src|bench)\//.test(file.path))
    .flatMap((file) => {
      const found = new Set<string>();
      visit(parse(file), (node) => {
        const word = touches(node);
        if (word !== undefined && roomOfWord[word]?.test(file.path) === false) found.add(word);
      });
      const clockInBench = (word: string): boolean => file.path.startsWith('bench/') && /Date/.test(word);
      return [...found]
        .filter((word) => !clockInBench(word))
        .map((word) => `${file.path} says ${word} outside its room`);
    });

const isCode = (file: HouseFile): boolean =>
  /\.(ts|js|mjs|cjs|cc|c|h|py|sh|gyp)$|(^|\/)CMakeLists\.txt$|^\.ci\/run$/.test(file.path) &&
  !/^test\/(vectors|golden)\//.test(file.path);

const longestFileLines = 400;
const longestLineColumns = 110;
/** A string is not cut in two for the sake of a column. */
const longString = /(['"`/]).{50,}\1/;

/** No file over 400 lines, no line over 110 columns. */
export const filesAreSmall: HouseRule = (files) =>
  files.filter(isCode).flatMap((file) => {
    const lines = file.text.replace(/\n$/, '').split('\n');
    const sentences = lines.flatMap((line, at) =>
      line.length > longestLineColumns && !longString.test(line)
        ? [`${file.path}:${String(at + 1)} is ${String(line.length)} columns wide`]
        : [],
    );
    if (lines.length > longestFileLines) sentences.push(`${file.path} has ${String(lines.length)} lines`);
    return sentences;
  });

/** Every TypeScript file says in its first sentence what lives there. */
export const filesSayWhatTheyHold: HouseRule = (files) =>
  files
    .filter((file) => isTypeScript(file) && !/^(#!.*\n)?\/\*\*\s+(\* )?\S/.test(file.text))
    .map((file) => `${file.path} does not begin with a sentence about what it holds`);

const vagueName = /(^|[-_.])(utils?|helpers?|common|managers?|misc)([-_.]|$)/i;

/** Files are named for what they hold, in kebab-case. */
export const filesAreNamed: HouseRule = (files) =>
  files
    .filter((file) => /^(src|test|bench|native)\//.test(file.path) && isCode(file))
    .flatMap((file) => {
      const name = path.posix.basename(file.path);
      const wrong = vagueName.test(name) || (isTypeScript(file) && !/^[a-z0-9-]+(\.test)?\.ts$/.test(name));
      return wrong ? [`${file.path} is not named for what it holds`] : [];
    });

// Written in parts, so that this file does not break its own rules.
const leftovers = new RegExp(
  [
    'eslint-' + 'disable',
    '@ts-' + '(ignore|nocheck|expect-error)',
    '\\b(TO' + 'DO|FIX' + 'ME|X' + 'XX)\\b',
  ].join('|'),
);
const onlyOne = new RegExp('\\b(test|serial)\\.' + '(only|failing|todo)\\b');

/** No rule is switched off, nothing is left for later, no test runs alone. */
export const nothingIsLeftForLater: HouseRule = (files) =>
  files.filter(isCode).flatMap((file) =>
    file.text.split('\n').flatMap((line, at) => {
      const found = leftovers.exec(line) ?? onlyOne.exec(line);
      return found ? [`${file.path}:${String(at + 1)} says ${found[0]}`] : [];
    }),
  );

const elsewhere = new RegExp(['\\.\\./' + 'shared\\b', '(^|[^\\w.*/])/wo' + 'rk/'].join('|'));

/** Nothing refers to a folder that only one machine has. */
export const nothingPointsElsewhere: HouseRule = (files) =>
  files.flatMap((file) =>
    file.text.split('\n').flatMap((line, at) => {
      const found = elsewhere.exec(line);
      return found ? [`${file.path}:${String(at + 1)} mentions ${found[0].trim()}`] : [];
    }),
  );

/** The lock names no registry: whoever installs uses the one of their own machine. */
export const lockNamesNoRegistry: HouseRule = (files) => {
  const lock = files.find((file) => file.path === 'package-lock.json');
  if (!lock) return ['package-lock.json is missing'];
  return lock.text.includes('"resolved"') ? ['package-lock.json says "resolved"'] : [];
};

function sourcesIn(text: string): Set<string> {
  return new Set(text.match(/native\/[\w./-]+\.(cc|c|S)\b/g) ?? []);
}

/** CMake and node-gyp build the same sources: all of `native/`. */
export const bothBuildsAreOne: HouseRule = (files) => {
  const textOf = (name: string): string => files.find((file) => file.path === name)?.text ?? '';
  const builds = ['CMakeLists.txt', 'binding.gyp'].map((name) => ({ name, lists: sourcesIn(textOf(name)) }));
  const present = files.map((file) => file.path).filter((name) => /^native\/.*\.(cc|c|S)$/.test(name));
  if (present.length === 0) return ['native/ holds no sources'];
  return builds.flatMap(({ name, lists }) => [
    ...present.filter((source) => !lists.has(source)).map((source) => `${name} does not build ${source}`),
    ...[...lists]
      .filter((source) => !present.includes(source))
      .map((source) => `${name} builds ${source}, which is gone`),
  ]);
};
