import { useState, type ReactElement } from 'react';
import type { Finding } from '#schema/doctor.js';
import { useLive } from '../../api/useLive.js';
import { CopyButton } from '../../parts/id.js';
import { Loaded } from '../../parts/loaded.js';
import { quantityText } from '../../parts/numberText.js';
import { PageHead } from '../../parts/pageHead.js';
import { Icon } from '../../parts/icon.js';
import { SeverityMark } from '../../parts/statuses.js';
import { Duration, Time } from '../../parts/time.js';
import { adviceParts } from './adviceParts.js';

const everyMs = 15_000;
const order: readonly Finding['severity'][] = ['fatal', 'warning', 'note', 'ok'];
const sides: Readonly<Record<Finding['side'], string>> = {
  postgres: 'Postgres',
  clickhouse: 'ClickHouse',
  both: 'both',
};

/** What is wrong with either database, what it means, what to do. */
export default function DoctorPage(): ReactElement {
  const result = useLive('readDoctor', {}, { everyMs });
  return (
    <div className="stack">
      <PageHead title="Doctor">
        {result.data === undefined ? null : (
          <span className="muted">
            examined <Time at={result.data.examinedAt} /> in <Duration ms={result.data.durationMs} />
          </span>
        )}
      </PageHead>
      <Loaded result={result} lines={20}>
        {({ findings }) => <Findings findings={findings} />}
      </Loaded>
    </div>
  );
}

function Findings({ findings }: { findings: readonly Finding[] }): ReactElement {
  const wrong = findings
    .filter(({ severity }) => severity !== 'ok')
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  const fine = findings.filter(({ severity }) => severity === 'ok');
  return (
    <>
      {wrong.length === 0 ? (
        <p className="panel panel-body flow-well">
          <Icon name="good" /> All is as it should be.
        </p>
      ) : (
        wrong.map((finding) => <Problem key={finding.code + finding.summary} finding={finding} />)
      )}
      <Fine findings={fine} />
    </>
  );
}

function Problem({ finding }: { finding: Finding }): ReactElement {
  return (
    <article className="panel">
      <div className="panel-head">
        <SeverityMark severity={finding.severity} />
        <h2 className="grow">
          <bdi className="break">{finding.summary}</bdi>
        </h2>
        <span className="muted small">{sides[finding.side]}</span>
        <code className="small muted">{finding.code}</code>
      </div>
      <div className="panel-body stack finding">
        {finding.meaning === '' ? null : (
          <p>
            <span className="finding-word">It means</span> <bdi>{finding.meaning}</bdi>
          </p>
        )}
        {finding.advice === '' ? null : (
          <div className="finding-advice">
            <span className="finding-word">What to do</span>
            {adviceParts(finding.advice).map((part) =>
              part.kind === 'text' ? (
                <p key={part.text}>
                  <bdi>{part.text}</bdi>
                </p>
              ) : (
                <div key={part.text} className="row command-row">
                  <pre className="command grow" tabIndex={0} aria-label="Command">
                    {part.text}
                  </pre>
                  <CopyButton text={part.text} what="command" />
                </div>
              ),
            )}
          </div>
        )}
      </div>
    </article>
  );
}

function Fine({ findings }: { findings: readonly Finding[] }): ReactElement | null {
  const [open, setOpen] = useState(true);
  if (findings.length === 0) return null;
  return (
    <section className="panel" aria-label="Looked at and fine">
      <button
        type="button"
        className="panel-head fold"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <Icon name={open ? 'down' : 'right'} />
        <span className="fold-title">{quantityText(findings.length, 'check')} looked at and fine</span>
      </button>
      {open ? (
        <ul>
          {findings.map((finding) => (
            <li key={finding.code + finding.summary} className="fine-line">
              <SeverityMark severity="ok" />
              <bdi className="grow break">{finding.summary}</bdi>
              <code className="small muted fine-code">{finding.code}</code>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
