import { useState, type ReactElement } from 'react';
import { Link } from 'wouter';
import { useAnnounce } from './announce.js';
import { Icon } from './icon.js';
import { shortenMiddle } from './shorten.js';

interface CopyProps {
  readonly text: string;
  /** What is copied, such as "batch id". */
  readonly what: string;
}

export function CopyButton({ text, what }: CopyProps): ReactElement {
  const announce = useAnnounce();
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className="copy"
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      onClick={() => {
        copyText(text).then(
          () => {
            setCopied(true);
            announce({ text: `Copied ${what}.`, quiet: true });
          },
          () => {
            announce({ text: `The browser does not let this page copy. The ${what}: ${text}`, failed: true });
          },
        );
      }}
      onBlur={() => {
        setCopied(false);
      }}
    >
      <Icon name={copied ? 'check' : 'copy'} />
    </button>
  );
}

async function copyText(text: string): Promise<void> {
  // Without https, `clipboard` exists on loopback addresses only.
  if (!('clipboard' in navigator)) throw new Error('no clipboard');
  await navigator.clipboard.writeText(text);
}

/** An id: in monospace, its middle left out, whole in its tooltip, copied with a button. */
export function Id({
  value,
  what,
  to,
  whole = false,
  rowLink = false,
}: {
  value: string;
  what: string;
  /** The page of what it names. */
  to?: string;
  whole?: boolean;
  /** The link by which the keyboard moves through a list. */
  rowLink?: boolean;
}): ReactElement {
  const text = whole ? value : shortenMiddle(value);
  return (
    <span className="id">
      {to === undefined ? (
        <span className="mono" title={value}>
          {text}
        </span>
      ) : (
        <Link href={to} className="mono" title={value} {...(rowLink ? { 'data-row-link': '' } : {})}>
          {text}
        </Link>
      )}
      <CopyButton text={value} what={what} />
    </span>
  );
}
