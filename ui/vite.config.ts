import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { compressed } from './compressed.js';

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: fromHere('.'),
  // Every address in the page is relative: the server says in <base> under which path the dashboard is mounted.
  base: './',
  plugins: [react(), compressed()],
  resolve: { alias: { '#schema': fromHere('../src/dashboard/schema') } },
  build: {
    outDir: fromHere('../dist/dashboard/pages'),
    emptyOutDir: true,
    target: 'es2022',
    // A data: address would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { bundlerTimings: false },
      output: {
        codeSplitting: {
          // One chunk, in which src/validation.ts comes first: it must run before any schema is made.
          groups: [{ name: 'schema', test: /node_modules\/zod\/|dashboard\/schema\/|src\/validation\.ts/ }],
        },
      },
    },
  },
});
