import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'generated/', 'node_modules/', '*.config.js'] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      // winston declares the class of its transports twice; every transport would be refused.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-extraneous-class': 'off', // TypeORM migrations and class-validator classes
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.name=/^(readdir|opendir)(Sync)?$/] Property[key.name="recursive"]',
          message: 'Node 26 follows links there: use platform/folder.ts',
        },
      ],
    },
  },
  // Plain JavaScript of a foreign toolkit's client: outside the TypeScript project.
  {
    files: ['**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      ...tseslint.configs.disableTypeChecked.languageOptions,
      globals: { Buffer: 'readonly', console: 'readonly', process: 'readonly' },
    },
  },
  // What browsers run.
  {
    files: ['src/portal/assets/*.js'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      ...tseslint.configs.disableTypeChecked.languageOptions,
      globals: { DOMParser: 'readonly', document: 'readonly', fetch: 'readonly', setTimeout: 'readonly' },
    },
  },
  // Pages: no way around escaping, and nothing that the content security policy forbids.
  {
    files: ['src/portal/**/*.tsx'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'JSXAttribute[name.name=/^(style|dangerouslySetInnerHTML|on[a-zA-Z]+)$/]',
          message: 'inline styles, raw HTML and handlers do not pass the content security policy',
        },
        { selector: 'Property[key.name=dangerouslySetInnerHTML]', message: 'raw HTML would not be escaped' },
      ],
    },
  },
);
