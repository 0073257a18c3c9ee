import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';

export type ParamChanges = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The search part with some parameters changed: undefined or empty takes one away. */
export function changedSearch(search: string, changes: ParamChanges): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    params.delete(name);
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) {
      if (each !== '') params.append(name, each);
    }
  }
  return params.toString();
}

export interface UrlParams {
  readonly params: URLSearchParams;
  /** Changes filters, which begins the list anew: `cursor` goes unless it is among the changes. */
  readonly change: (changes: ParamChanges, how?: { replace?: boolean }) => void;
}

/** The filters of a page. They stand in the address and nowhere else, so that a link reproduces the view. */
export function useUrlParams(): UrlParams {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback<UrlParams['change']>(
    (changes, { replace = false } = {}) => {
      const next = changedSearch(search, { cursor: undefined, ...changes });
      navigate(next === '' ? path : `${path}?${next}`, { replace });
    },
    [search, path, navigate],
  );
  return { params, change };
}

/** A link to a page with parameters. */
export function pageWith(path: string, params: ParamChanges): string {
  const search = changedSearch('', params);
  return search === '' ? path : `${path}?${search}`;
}
