import { useEffect, type ReactElement } from 'react';
import { Link } from 'wouter';
import { useLive } from '../api/useLive.js';
import { Icon } from '../parts/icon.js';
import { overviewEveryMs } from '../pages/overview/overviewEveryMs.js';

/** On every page: whether events flow, with the way to what is wrong. */
export function FlowLink(): ReactElement {
  const { data, error } = useLive('readOverview', {}, { everyMs: overviewEveryMs });
  const wrong = data?.troubles.filter(({ severity }) => severity !== 'note').length ?? 0;
  const fatal = data?.troubles.some(({ severity }) => severity === 'fatal') ?? false;
  const known = data !== undefined && error === null;

  useEffect(() => {
    document.documentElement.dataset['flow'] = known ? (wrong > 0 ? 'wrong' : 'well') : 'unknown';
  }, [known, wrong]);

  if (!known) return <span className="flow" />;
  return (
    <Link href="/" className="flow" data-tone={fatal ? 'bad' : wrong > 0 ? 'warn' : 'good'}>
      <Icon name={fatal ? 'bad' : wrong > 0 ? 'warning' : 'good'} />
      <span className="flow-text">
        {wrong === 0 ? 'Events flow' : wrong === 1 ? '1 problem' : `${String(wrong)} problems`}
      </span>
    </Link>
  );
}
