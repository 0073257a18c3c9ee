import { Button, Menu } from '@mantine/core';
import type { ReactElement } from 'react';
import type { EventsAnswer, EventsQuery } from '#schema/events.js';
import { addressOf } from '../../api/client.js';
import { Icon } from '../../parts/icon.js';

const formats = [
  { format: 'ndjson', label: 'NDJSON', hint: 'one event a line' },
  { format: 'csv', label: 'CSV', hint: 'for spreadsheets' },
] as const;

interface ExportProps {
  readonly query: EventsQuery;
  /** The list as it is shown: the file has the same range of time. */
  readonly shown: EventsAnswer | undefined;
}

/** The whole result as a file. The browser loads it by itself, so its size does not matter. */
export function Export({ query, shown }: ExportProps): ReactElement {
  const filter = { ...query };
  delete filter.cursor;
  delete filter.limit;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name="download" />} disabled={shown === undefined}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(({ format, label, hint }) => (
          <Menu.Item
            key={format}
            component="a"
            href={addressOf('exportEvents', {
              query: {
                ...filter,
                ...(shown === undefined ? {} : { from: shown.from, to: shown.to }),
                format,
              },
            })}
            download
            rightSection={<span className="muted small">{hint}</span>}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
