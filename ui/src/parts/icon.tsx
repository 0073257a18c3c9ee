import type { ReactElement } from 'react';

/** Outlines on a grid of 20, drawn for these pages. */
const paths = {
  overview: 'M3 10.5 10 4l7 6.5M5 9v7h10V9',
  batches: 'M3 6.5 10 3l7 3.5-7 3.5-7-3.5ZM3 10l7 3.5 7-3.5M3 13.5 10 17l7-3.5',
  events: 'M4 5h12M4 10h12M4 15h7',
  quarantine: 'M10 3 3.5 5.5V10c0 3.6 2.6 6 6.5 7.5 3.9-1.5 6.5-3.9 6.5-7.5V5.5L10 3ZM10 7.5v3M10 13.2v.1',
  tasks: 'M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM10 6.5V10l2.5 1.5',
  doctor: 'M3 10.5h3l2-5 3.5 9 2-4H17',
  actions: 'M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 17c.6-3.2 3-4.5 6-4.5s5.4 1.3 6 4.5',
  search: 'M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4ZM13 13l4 4',
  settings: 'M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4',
  menu: 'M3 5h14M3 10h14M3 15h14',
  close: 'M5 5l10 10M15 5 5 15',
  check: 'M4 10.5 8 15l8-10',
  copy: 'M7 7h9v9H7zM4 13V4h9',
  open: 'M8 4H4v12h12v-4M11 4h5v5M16 4l-8 8',
  right: 'M8 5l5 5-5 5',
  down: 'M5 8l5 5 5-5',
  up: 'M5 12l5-5 5 5',
  warning: 'M10 3 2.5 16.5h15L10 3ZM10 8v4M10 14.3v.1',
  bad: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM7.5 7.5l5 5M12.5 7.5l-5 5',
  good: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM6.8 10.2l2.3 2.4 4.2-5',
  note: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM10 9.2v4.3M10 6.5v.1',
  waiting: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM10 6.2V10l2.6 1.6',
  sending: 'M3 10h12M11 5.5l4.5 4.5-4.5 4.5',
  replaced: 'M5 4v5.5a3 3 0 0 0 3 3h7M12 9.5l3 3-3 3',
  dropped: 'M4 6h12M8 6V4h4v2M6 6l.8 10h6.4L14 6',
  play: 'M6.5 4.5 15 10l-8.5 5.5v-11Z',
  pause: 'M7 4.5v11M13 4.5v11',
  retry: 'M16 10a6 6 0 1 1-2-4.5M16.5 3v3.5H13',
  release: 'M10 13V3.5M6 7.5l4-4 4 4M4 12v4.5h12V12',
  download: 'M10 3.5V13M6 9l4 4 4-4M4 14v2.5h12V14',
  filter: 'M3.5 5h13l-5 6v4.5l-3-1.5v-3l-5-6Z',
  live: 'M10 9.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6ZM6.8 13.2a4.5 4.5 0 0 1 0-6.4M13.2 6.8a4.5 4.5 0 0 1 0 6.4M4.5 15.5a7.8 7.8 0 0 1 0-11M15.5 4.5a7.8 7.8 0 0 1 0 11',
} as const;

export type IconName = keyof typeof paths;

/** An outline beside a text that says the same, hence hidden from screen readers. */
export function Icon({ name, className }: { name: IconName; className?: string }): ReactElement {
  return (
    <svg
      className={className === undefined ? 'icon' : `icon ${className}`}
      viewBox="0 0 20 20"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
