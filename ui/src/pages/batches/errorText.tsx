import type { ReactElement } from 'react';
import { CopyButton } from '../../parts/id.js';

/** An error in full, as ClickHouse, Postgres or the network gave it. */
export function ErrorText({ code, text }: { code: string | null; text: string | null }): ReactElement {
  return (
    <div className="error-text">
      <div className="row">
        <span className="mono error-code">{code ?? 'no code'}</span>
        <CopyButton text={[code, text].filter(Boolean).join(' ')} what="error" />
      </div>
      <pre dir="auto">{text ?? ''}</pre>
    </div>
  );
}
