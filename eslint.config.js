/** Lint: the type-checked strict rules of typescript-eslint, the limits of the house, and few exceptions. */
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const houseRules = {
  'default-case-last': 'error',
  eqeqeq: 'error',
  'max-depth': ['error', 4],
  'max-lines': ['error', 400],
  'max-params': ['error', 3],
  'no-console': 'error',
  'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
  'no-restricted-syntax': [
    'error',
    { selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
    { selector: 'ExportDefaultDeclaration', message: 'Name what is exported.' },
  ],
  'no-self-compare': 'error',
  'no-template-curly-in-string': 'error',
  'no-unreachable-loop': 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
  radix: 'error',
};

const typeScriptRules = {
  '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
  '@typescript-eslint/consistent-type-exports': 'error',
  '@typescript-eslint/consistent-type-imports': 'error',
  '@typescript-eslint/explicit-module-boundary-types': 'error',
  '@typescript-eslint/naming-convention': [
    'error',
    { selector: 'typeLike', format: ['PascalCase'] },
    { selector: 'interface', format: ['PascalCase'], custom: { regex: '^I[A-Z][a-z]', match: false } },
  ],
  '@typescript-eslint/no-confusing-void-expression': [
    'error',
    { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
  ],
  // A named union such as `ContentHash | 'missing'` tells a reader more than `string` does.
  '@typescript-eslint/no-redundant-type-constituents': 'off',
  '@typescript-eslint/prefer-readonly': 'error',
  // An async function without await turns a throw into a rejection, which an interface of promises asks for.
  '@typescript-eslint/require-await': 'off',
  // Numbers and flags read well in sentences; objects and undefined do not.
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/strict-boolean-expressions': [
    'error',
    { allowNullableBoolean: true, allowNullableString: true },
  ],
  '@typescript-eslint/switch-exhaustiveness-check': 'error',
};

export default defineConfig(
  globalIgnores(['dist*/', 'build*/', 'node_modules/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    rules: {
      ...houseRules,
      ...typeScriptRules,
      'max-lines-per-function': ['error', { max: 70 }],
    },
  },
  {
    // A test tells one story from beginning to end; a block of tests is not a function to be read in one go.
    files: ['test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    // The only places that speak to a terminal themselves.
    files: ['src/main.ts', 'bench/**/*.ts', 'test/run.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    rules: { ...houseRules, 'no-restricted-syntax': 'off', 'no-console': 'off', 'no-undef': 'off' },
  },
);
