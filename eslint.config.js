import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/**
 * The direction of imports (ARCHITECTURE, "Map of folders"): each folder of src/ and the folders it may import from.
 * Files at the top of src/ (waybillError.ts, durationText.ts) are open to all.
 */
const mayImport = {
  event: [],
  config: ['event'],
  capture: ['config', 'event'],
  observe: ['config'],
  outbox: ['config', 'event'],
  eventlog: ['config', 'event'],
  migration: ['outbox', 'eventlog', 'config', 'event'],
  delivery: ['outbox', 'eventlog', 'observe', 'config', 'event'],
  capacity: ['config', 'event'],
  doctor: ['migration', 'outbox', 'eventlog', 'config', 'event'],
  reconcile: ['delivery', 'outbox', 'eventlog', 'config', 'event'],
  tasks: ['delivery', 'doctor', 'migration', 'outbox', 'eventlog', 'observe', 'config', 'event'],
  // Its own folders come first: they import from each other.
  dashboard: [
    'schema',
    'handlers',
    'security',
    'doctor',
    'migration',
    'outbox',
    'eventlog',
    'observe',
    'config',
    'event',
  ],
  cli: [
    'dashboard',
    'tasks',
    'reconcile',
    'delivery',
    'capacity',
    'doctor',
    'migration',
    'outbox',
    'eventlog',
    'observe',
    'config',
    'event',
  ],
};

const importDirections = Object.entries(mayImport).map(([folder, allowed]) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            // From a folder within, such as tasks/engines, a path has one more step up.
            regex: `^(?:\\.\\./)+(?!\\.\\./|${['[^/]+$', ...allowed.map((name) => `${name}/`)].join('|')})`,
            message: `src/${folder} may import from: ${allowed.join(', ') || 'nothing of ours'}. See ARCHITECTURE, "Map of folders".`,
          },
        ],
      },
    ],
  },
}));

export default defineConfig(
  { ignores: ['**/dist/**', '**/node_modules/**', '.waybill/**'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
  },
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      // noPropertyAccessFromIndexSignature of the compiler asks for the opposite: env['NAME'].
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    // process.env is read in config/ only, and a process ends only where a person started it.
    files: ['src/**/*.ts'],
    ignores: ['src/config/**', 'src/cli/**', 'src/**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'The environment is read in src/config/ only.' },
        { object: 'process', property: 'exit', message: 'Set process.exitCode in src/cli/ instead.' },
      ],
    },
  },
  {
    files: ['test/browser/support/*.mjs'],
    languageOptions: {
      globals: {
        fetch: 'readonly',
        setTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        URL: 'readonly',
      },
    },
  },
  {
    files: ['ui/public/*.js'],
    languageOptions: { globals: { document: 'readonly', localStorage: 'readonly', matchMedia: 'readonly' } },
  },
  {
    // The pages import of src/ the schemas only, by the name #schema; and text is text, whatever it says.
    files: ['ui/src/**/*.{ts,tsx}'],
    extends: [reactHooks.configs.flat['recommended-latest']],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '/src/', message: 'The pages import #schema only.' }] },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: 'What events say is text, never markup.',
        },
      ],
    },
  },
  ...importDirections,
);
