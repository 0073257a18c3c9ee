// Imported before any schema: zod otherwise compiles its checks with `new Function`, which the page's
// Content-Security-Policy refuses and reports.
import { z } from 'zod';

z.config({ jitless: true });
