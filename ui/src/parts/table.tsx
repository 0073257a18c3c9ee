import {
  columnVisibilityFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
} from '@tanstack/react-table';
import { useMemo, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';
import { Icon } from './icon.js';

export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  /** The header is for screen readers only: there is no room for it. */
  readonly headerHidden?: boolean;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: 'right';
  /** On which screens it is left out: phones, or everything but wide ones. */
  readonly hide?: 'phone' | 'narrow';
  /** A CSS width, so that columns stay where they are when the content changes. */
  readonly width?: string;
  /** Sorting by it, where the server can. */
  readonly sortable?: boolean;
}

export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

interface TableProps<Row> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly sorting?: Sorting;
  readonly onSort?: (sorting: Sorting) => void;
  /** In place of rows when there are none. */
  readonly empty?: ReactNode;
  /** The rows are of an earlier answer; the present one is under way. */
  readonly outdated?: boolean;
}

const features = tableFeatures({ rowSortingFeature, columnVisibilityFeature });

/**
 * The one table of these pages. The server sorts, filters and pages; here rows are laid out, and the keyboard moves
 * through them: arrows or j and k go from one row's link (`data-row-link`) to the next.
 */
export function Table<Row extends object>(props: TableProps<Row>): ReactElement {
  const { label, columns, rows, rowKey, sorting, onSort, empty, outdated = false } = props;

  const definitions = useMemo<ColumnDef<typeof features, Row>[]>(
    () =>
      columns.map((column) => ({
        id: column.id,
        header: column.header,
        accessorFn: (row: Row) => row,
        cell: ({ row }) => column.cell(row.original),
        enableSorting: column.sortable ?? false,
      })),
    [columns],
  );
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const state = useMemo(
    () => ({ sorting: sorting === undefined ? [] : [{ id: sorting.column, desc: sorting.descending }] }),
    [sorting],
  );
  const data = useMemo(() => [...rows], [rows]);

  const table = useTable({
    features,
    columns: definitions,
    data,
    getRowId: rowKey,
    manualSorting: true,
    state,
    onSortingChange: (updater) => {
      const next = typeof updater === 'function' ? updater(state.sorting) : updater;
      const first = next[0];
      if (first !== undefined) onSort?.({ column: first.id, descending: first.desc });
    },
    enableSortingRemoval: false,
  });

  return (
    <div className="table-frame" data-outdated={outdated}>
      <table className="table" aria-label={label} aria-busy={outdated} onKeyDown={moveThroughRows}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => {
                const column = byId.get(header.column.id);
                const sorted = header.column.getIsSorted();
                return (
                  <th
                    key={header.id}
                    scope="col"
                    data-column={column?.id}
                    data-align={column?.align}
                    data-hide={column?.hide}
                    style={{ width: column?.width }}
                    {...(column?.sortable === true ? { 'aria-sort': ariaSort(sorted) } : {})}
                  >
                    {column?.sortable === true ? (
                      <button
                        type="button"
                        className="sort"
                        onClick={header.column.getToggleSortingHandler()}
                      >
                        <table.FlexRender header={header} />
                        <span className="sort-mark" data-sorted={sorted !== false}>
                          <Icon name={sorted === 'asc' ? 'up' : 'down'} />
                        </span>
                      </button>
                    ) : column?.headerHidden === true ? (
                      <span className="visually-hidden">{column.header}</span>
                    ) : (
                      <table.FlexRender header={header} />
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id}>
              {row.getAllCells().map((cell) => {
                const column = byId.get(cell.column.id);
                return (
                  <td key={cell.id} data-align={column?.align} data-hide={column?.hide}>
                    <table.FlexRender cell={cell} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 ? empty : null}
    </div>
  );
}

function ariaSort(sorted: false | 'asc' | 'desc'): 'none' | 'ascending' | 'descending' {
  if (sorted === false) return 'none';
  return sorted === 'asc' ? 'ascending' : 'descending';
}

const steps: Readonly<Record<string, number>> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

function moveThroughRows(event: KeyboardEvent<HTMLTableElement>): void {
  const step = steps[event.key];
  if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof HTMLInputElement && event.target.type !== 'checkbox') return;
  if (moveRowFocus(event.currentTarget, step)) event.preventDefault();
}

/** Focuses the link of the next row, or of the first when none has the focus. False when there is none. */
export function moveRowFocus(within: ParentNode, step: number): boolean {
  const links = [...within.querySelectorAll<HTMLElement>('[data-row-link]')];
  const row = document.activeElement?.closest('tr') ?? null;
  const present = row === null ? -1 : links.findIndex((link) => row.contains(link));
  const next = links[present === -1 ? 0 : Math.min(Math.max(present + step, 0), links.length - 1)];
  next?.focus();
  return next !== undefined;
}
