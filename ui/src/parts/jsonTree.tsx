import { useState, type ReactElement } from 'react';
import { countText } from './numberText.js';
import { isList, isObject, JsonNumber, parseJson, sizeText, type JsonValue } from './jsonValue.js';
import { CopyButton } from './id.js';
import { Icon } from './icon.js';

/** How many entries of one value, and how many characters of one text, are shown before somebody asks for more. */
const entriesShown = 100;
const charactersShown = 2000;
/** Values down to this depth are unfolded at first, unless they are many. */
const depthUnfolded = 2;
const entriesUnfolded = 50;

/** JSON as a tree that unfolds, or as the text it is. Folded parts are not in the page, so a large one is no burden. */
export function JsonTree({ text, label }: { text: string; label: string }): ReactElement {
  const value = parseJson(text);
  const [raw, setRaw] = useState(false);
  const [rawShown, setRawShown] = useState(charactersShown * 10);
  const asText = raw || value === undefined;
  return (
    <section className="panel" aria-label={label}>
      <div className="panel-head">
        <h2 className="grow">{label}</h2>
        <span className="muted small number">{countText(text.length)} characters</span>
        <button
          type="button"
          className="link-button"
          aria-pressed={asText}
          disabled={value === undefined}
          onClick={() => {
            setRaw(!raw);
          }}
        >
          As text
        </button>
        <CopyButton text={text} what="JSON" />
      </div>
      <div className="json">
        {asText ? (
          <>
            <pre dir="auto" className="json-raw" tabIndex={0} aria-label={`${label} as text`}>
              {text.slice(0, rawShown)}
            </pre>
            {text.length > rawShown ? (
              <MoreButton
                text={`Show all ${countText(text.length)} characters`}
                onClick={() => {
                  setRawShown(text.length);
                }}
              />
            ) : null}
          </>
        ) : (
          <Node name={undefined} value={value} depth={0} />
        )}
      </div>
    </section>
  );
}

function MoreButton({ text, onClick }: { text: string; onClick: () => void }): ReactElement {
  return (
    <button type="button" className="link-button" onClick={onClick}>
      {text}
    </button>
  );
}

interface NodeProps {
  readonly name: string | undefined;
  readonly value: JsonValue;
  readonly depth: number;
}

function Node({ name, value, depth }: NodeProps): ReactElement {
  if (isList(value) || isObject(value)) return <Branch name={name} value={value} depth={depth} />;
  return (
    <div className="json-line">
      <span className="json-fold" />
      <Name name={name} />
      <Leaf value={value} />
    </div>
  );
}

function Name({ name }: { name: string | undefined }): ReactElement | null {
  if (name === undefined) return null;
  return (
    <>
      <bdi className="json-key">{name}</bdi>
      <span className="muted">: </span>
    </>
  );
}

function Branch({ name, value, depth }: NodeProps): ReactElement {
  const entries = Object.entries(value as object) as [string, JsonValue][];
  const [unfolded, setUnfolded] = useState(depth < depthUnfolded && entries.length <= entriesUnfolded);
  const [shown, setShown] = useState(entriesShown);
  const size = sizeText(value);
  if (entries.length === 0) {
    return (
      <div className="json-line">
        <span className="json-fold" />
        <Name name={name} />
        <span className="muted">{isList(value) ? '[]' : '{}'}</span>
      </div>
    );
  }
  return (
    <div>
      <button
        type="button"
        className="json-line json-toggle"
        aria-expanded={unfolded}
        onClick={() => {
          setUnfolded(!unfolded);
        }}
      >
        <span className="json-fold">
          <Icon name={unfolded ? 'down' : 'right'} />
        </span>
        <Name name={name} />
        <span className="muted">{size}</span>
      </button>
      {unfolded ? (
        <div className="json-children">
          {entries.slice(0, shown).map(([key, child]) => (
            <Node key={key} name={key} value={child} depth={depth + 1} />
          ))}
          {entries.length > shown ? (
            <MoreButton
              text={`Show ${countText(Math.min(entriesShown, entries.length - shown))} more of ${countText(entries.length)}`}
              onClick={() => {
                setShown(shown + entriesShown);
              }}
            />
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

function Leaf({ value }: { value: JsonValue }): ReactElement {
  const [all, setAll] = useState(false);
  if (value instanceof JsonNumber) return <span className="json-number">{value.text}</span>;
  if (typeof value !== 'string') {
    return <span className="json-word">{JSON.stringify(value)}</span>;
  }
  const cut = !all && value.length > charactersShown;
  return (
    <span className="json-string">
      <bdi dir="auto">{cut ? value.slice(0, charactersShown) : value}</bdi>
      {cut ? (
        <>
          {'… '}
          <MoreButton
            text={`Show all ${countText(value.length)} characters`}
            onClick={() => {
              setAll(true);
            }}
          />
        </>
      ) : null}
    </span>
  );
}
