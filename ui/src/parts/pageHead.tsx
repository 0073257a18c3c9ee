import { useEffect, type ReactElement, type ReactNode } from 'react';
import { Link } from 'wouter';

interface PageHeadProps {
  readonly title: string;
  /** In place of `title`, where the heading is more than text. */
  readonly heading?: ReactNode;
  readonly under?: { readonly title: string; readonly to: string };
  /** At the right: what can be done here. */
  readonly children?: ReactNode;
}

/** The head of a page. Also names the browser's tab. */
export function PageHead({ title, heading, under, children }: PageHeadProps): ReactElement {
  useEffect(() => {
    document.title = `${title} · Waybill`;
  }, [title]);
  return (
    <div className="page-head">
      <div className="grow">
        {under === undefined ? null : (
          <Link href={under.to} className="page-under">
            {under.title}
          </Link>
        )}
        <h1 className="row">{heading ?? title}</h1>
      </div>
      <div className="row">{children}</div>
    </div>
  );
}
