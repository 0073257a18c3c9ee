import type { Handler } from '../handler.js';
import { describeApi } from '../openApi.js';

export const readOpenApi: Handler<'readOpenApi'> = ({ context }) =>
  Promise.resolve(describeApi(context.version));
