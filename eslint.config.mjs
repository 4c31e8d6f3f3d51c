import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import boundaries from 'eslint-plugin-boundaries'
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript'
import importX from 'eslint-plugin-import-x'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import ts from 'typescript-eslint'
import { nodeChannels, rooms, serverHalf, soleElectronMembers, soleImports } from './tools/import-rules.mjs'

const projects = ['tsconfig.node.json', 'tsconfig.web.json']
const tests = ['**/*.test.ts', '**/testing/**', '**/test-support/**', 'e2e/**']
const nodeModules = { group: ['node:*'], message: 'This room runs in a page too: no Node modules.' }

const ipcMain = { name: 'electron', importNames: ['ipcMain'], message: 'Only electron/main/native-ipc.ts listens to the page.' }
const openExternal = {
  selector: "MemberExpression[property.name='openExternal']",
  message: 'Only electron/main/security.ts opens addresses outside.',
}
const binding = { selector: 'Literal[value=/tfjs[-_](node|binding)/]', message: 'Only src/tensor loads the TensorFlow binding.' }
const filesOf = (pattern) => (pattern.endsWith('.ts') ? pattern : `${pattern}/**/*`)
const onlyFileOf = (member) => soleElectronMembers.find((entry) => entry.member === member).only

/** Restricted imports of a room. ESLint replaces a rule's options rather than merging them, so every entry is made whole here. */
function restrictedImports(folder, withNode) {
  const foreign = soleImports.filter(({ only }) => !only.some((place) => place.startsWith(`${folder}/`) || `${folder}/`.startsWith(place)))
  const paths = foreign.map(({ specifier, only }) => ({ name: specifier, message: `Only ${only.join(' and ')} may import this.` }))
  return { paths: folder === 'electron/main' ? [...paths, ipcMain] : paths, patterns: withNode ? [] : [nodeModules] }
}

export default ts.config(
  { ignores: ['out/**', 'dist/**', 'coverage/**', '**/*.d.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...vue.configs['flat/recommended'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
  { files: ['**/*.{mjs,ts}'], languageOptions: { globals: globals.node } },
  { files: ['renderer/**'], languageOptions: { globals: globals.browser } },
  {
    files: ['**/*.{ts,vue}'],
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      eqeqeq: 'error',
      'vue/require-default-prop': 'off',
      'no-restricted-syntax': ['error', openExternal, binding],
    },
  },

  // rules that need types; the page's components are checked by vue-tsc
  {
    files: ['src/**/*.ts', 'electron/**/*.ts', 'renderer/**/*.ts'],
    languageOptions: { parserOptions: { project: projects, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },

  // the rooms
  {
    files: ['src/**/*.ts', 'electron/**/*.ts', 'renderer/src/**/*.{ts,vue}'],
    plugins: { boundaries, 'import-x': importX },
    settings: {
      'boundaries/elements': rooms.map(({ name, pattern }) => ({ type: name, pattern: pattern.replace('/*.ts', ''), partialMatch: false })),
      'import/resolver': { typescript: { project: projects, noWarnOnMultipleProjects: true } },
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createTypeScriptImportResolver({ project: projects, noWarnOnMultipleProjects: true })],
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: rooms.map(({ name, may }) => ({
            from: { element: { type: name } },
            allow: [name, ...may].map((type) => ({ to: { element: { type } } })),
          })),
        },
      ],
      'import-x/no-cycle': 'error',
    },
  },
  ...rooms.map(({ pattern, node }) => ({
    files: [filesOf(pattern)],
    rules: { 'no-restricted-imports': ['error', restrictedImports(pattern.replace('/*.ts', ''), node)] },
  })),
  { files: nodeChannels, rules: { 'no-restricted-imports': 'off' } },
  { files: ['src/store/**'], ignores: ['src/store/database.ts'], rules: { 'no-restricted-imports': ['error', { paths: ['sqlite3'] }] } },
  {
    files: ['renderer/**'],
    ignores: tests,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          ...restrictedImports('renderer', false),
          patterns: [
            nodeModules,
            { group: serverHalf.map((file) => file.replace(/^src\/(.*)\.ts$/, '**/$1')), message: "The page uses the client's half of src/rpc." },
          ],
        },
      ],
    },
  },
  { files: [onlyFileOf('ipcMain')], rules: { 'no-restricted-imports': ['error', { paths: restrictedImports('electron', true).paths }] } },
  { files: [onlyFileOf('openExternal')], rules: { 'no-restricted-syntax': ['error', binding] } },
  { files: ['src/tensor/**'], rules: { 'no-restricted-syntax': ['error', openExternal] } },
  { files: tests, rules: { 'no-restricted-imports': 'off', 'vue/one-component-per-file': 'off' } },
  prettier,
)
