import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useState, type ReactElement, type ReactNode } from 'react';
import type { UrlParams } from '../app/url.js';
import { Icon } from './icon.js';
import { useWritten } from './useWritten.js';

/** The one filter bar. Its fields read from the address and write to it. */
export function Filters({ children }: { children: ReactNode }): ReactElement {
  const [open, setOpen] = useState(false);
  return (
    <search className="filters" aria-label="Filters" data-open={open}>
      {children}
      {/* On a phone only the first two fields are shown until somebody asks for the others. */}
      <button
        type="button"
        className="link-button filters-toggle"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        {open ? 'Fewer filters' : 'More filters'}
      </button>
    </search>
  );
}

interface FieldProps {
  readonly url: UrlParams;
  readonly name: string;
  readonly label: string;
}

interface TextFilterProps extends FieldProps {
  readonly placeholder?: string;
  readonly wide?: boolean;
  /** Several values of this name stand in the address, each as a chip below; the field adds one. */
  readonly several?: boolean;
  readonly options?: readonly string[];
  /** What is wrong with the text, if anything. */
  readonly check?: (value: string) => string | undefined;
}

/** A text. It is taken over with Enter, or when the field is left. */
export function TextFilter({
  url,
  name,
  label,
  placeholder,
  wide = false,
  several = false,
  options,
  check,
}: TextFilterProps): ReactElement {
  const { params, change } = url;
  const kept = several ? '' : (params.get(name) ?? '');
  const [written, setWritten] = useWritten(kept);
  const [refused, setRefused] = useState<{ readonly written: string; readonly why: string }>();

  const take = (): void => {
    const value = written.trim();
    const wrong = value === '' ? undefined : check?.(value);
    setRefused(wrong === undefined ? undefined : { written, why: wrong });
    if (wrong !== undefined) return;
    if (!several) {
      if (value !== kept) change({ [name]: value === '' ? undefined : value });
    } else if (value !== '') {
      change({ [name]: [...new Set([...params.getAll(name), value])] });
      setWritten('');
    }
  };

  const listId = options === undefined ? undefined : `choices-${name}`;
  return (
    <>
      <TextInput
        label={label}
        className={wide ? 'filter-wide' : undefined}
        placeholder={placeholder}
        value={written}
        error={refused?.written === written ? refused.why : undefined}
        dir="auto"
        maxLength={1024}
        autoComplete="off"
        spellCheck={false}
        list={listId}
        onChange={(event) => {
          setWritten(event.currentTarget.value);
        }}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take();
          if (event.key === 'Escape') setWritten(kept);
        }}
      />
      {listId === undefined ? null : (
        <datalist id={listId}>
          {options?.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
    </>
  );
}

interface SelectFilterProps extends FieldProps {
  readonly options: readonly { readonly value: string; readonly label: string }[];
  /** What the choice is called that leaves the parameter away. */
  readonly all: string;
}

/** One of a few. */
export function SelectFilter({ url, name, label, options, all }: SelectFilterProps): ReactElement {
  const values = url.params.getAll(name);
  const shown = values.length > 1 ? 'several' : (values[0] ?? '');
  return (
    <NativeSelect
      label={label}
      value={shown}
      onChange={(event) => {
        const { value } = event.currentTarget;
        if (value !== 'several') url.change({ [name]: value === '' ? undefined : value });
      }}
    >
      <option value="">{all}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
      {values.length > 1 ? <option value="several">{values.length} chosen</option> : null}
      {values.length === 1 && !options.some(({ value }) => value === shown) ? (
        <option value={shown}>{shown}</option>
      ) : null}
    </NativeSelect>
  );
}

interface ChipsProps {
  readonly url: UrlParams;
  /** What each parameter is called. Parameters that are not named here have no chip. */
  readonly names: Readonly<Record<string, string>>;
}

/** The filters that hold, each with a way to take it away. Its line is always there. */
export function Chips({ url, names }: ChipsProps): ReactElement {
  const { params, change } = url;
  const held = Object.keys(names).flatMap((name) => params.getAll(name).map((value) => ({ name, value })));
  return (
    <div className="chips">
      {held.map(({ name, value }) => (
        <button
          key={`${name} ${value}`}
          type="button"
          className="chip"
          title="Take this filter away"
          onClick={() => {
            change({ [name]: params.getAll(name).filter((each) => each !== value) });
          }}
        >
          <span className="muted">{names[name]}</span>
          <bdi className="chip-value">{value}</bdi>
          <Icon name="close" />
        </button>
      ))}
      {held.length > 1 ? (
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => {
            change(Object.fromEntries(Object.keys(names).map((name) => [name, undefined])));
          }}
        >
          Clear all
        </Button>
      ) : null}
    </div>
  );
}
