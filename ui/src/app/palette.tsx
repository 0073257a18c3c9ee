import { Modal, useMantineColorScheme } from '@mantine/core';
import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import { useLocation } from 'wouter';
import { toggleLiveness } from '../api/liveness.js';
import { Icon, type IconName } from '../parts/icon.js';
import { useFocusBack } from '../parts/useFocusBack.js';
import { changeSettings } from '../settings/settings.js';
import { suggest } from './suggest.js';

interface PaletteProps {
  readonly opened: boolean;
  readonly close: () => void;
  readonly openShortcuts: () => void;
}

interface Entry {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  readonly icon: IconName;
  readonly choose: () => void;
}

export function Palette(props: PaletteProps): ReactElement {
  useFocusBack(props.opened);
  return (
    <Modal
      opened={props.opened}
      onClose={props.close}
      withCloseButton={false}
      title="Find or go to"
      classNames={{ header: 'visually-hidden' }}
      padding={0}
      size="lg"
      yOffset="12vh"
      lockScroll={false}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
    >
      {props.opened ? <PaletteBody {...props} /> : null}
    </Modal>
  );
}

function useEntries(written: string, { close, openShortcuts }: PaletteProps): readonly Entry[] {
  const [, navigate] = useLocation();
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const pages: Entry[] = suggest(written).map((suggestion) => ({
    ...suggestion,
    choose: () => {
      close();
      navigate(suggestion.to);
    },
  }));
  const commands: (readonly [title: string, act: () => void])[] = [
    [
      'Colours as the system',
      () => {
        setColorScheme('auto');
      },
    ],
    [
      'Light colours',
      () => {
        setColorScheme('light');
      },
    ],
    [
      'Dark colours',
      () => {
        setColorScheme('dark');
      },
    ],
    [
      'Dense rows',
      () => {
        changeSettings({ density: 'dense' });
      },
    ],
    [
      'Roomy rows',
      () => {
        changeSettings({ density: 'roomy' });
      },
    ],
    [
      'Times relative',
      () => {
        changeSettings({ times: 'relative' });
      },
    ],
    [
      'Times local',
      () => {
        changeSettings({ times: 'local' });
      },
    ],
    [
      'Times in UTC',
      () => {
        changeSettings({ times: 'utc' });
      },
    ],
    ['Hold the page still, or let it go on', toggleLiveness],
  ];
  const matching = commands.filter(([title]) => title.toLowerCase().includes(written.trim().toLowerCase()));
  return [
    ...pages,
    ...matching.map(([title, act]): Entry => ({
      id: title,
      title,
      hint: 'setting',
      icon: 'settings',
      choose: () => {
        close();
        act();
      },
    })),
    ...('keyboard shortcuts'.includes(written.trim().toLowerCase())
      ? [
          {
            id: 'shortcuts',
            title: 'Keyboard shortcuts',
            hint: '?',
            icon: 'note' as const,
            choose: openShortcuts,
          },
        ]
      : []),
  ];
}

function PaletteBody(props: PaletteProps): ReactElement {
  const [written, setWritten] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const entries = useEntries(written, props);
  const chosen = entries[Math.min(at, entries.length - 1)];

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at, written]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((Math.min(at, entries.length - 1) + step + entries.length) % entries.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      chosen?.choose();
    }
  };

  return (
    <div className="palette">
      <input
        className="palette-input"
        data-autofocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={
          chosen === undefined ? undefined : `palette-${String(entries.indexOf(chosen))}`
        }
        aria-label="Find or go to"
        placeholder="A page, an id, a subject, a text in an event…"
        dir="auto"
        value={written}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setWritten(event.currentTarget.value);
          setAt(0);
        }}
      />
      <ul ref={list} id="palette-list" className="palette-list" role="listbox" aria-label="Results">
        {entries.map((entry, index) => (
          <li
            key={entry.id}
            id={`palette-${String(index)}`}
            role="option"
            aria-selected={entry === chosen}
            className="palette-entry"
            onMouseMove={() => {
              setAt(index);
            }}
            onClick={entry.choose}
          >
            <Icon name={entry.icon} />
            <bdi className="grow">{entry.title}</bdi>
            <span className="muted small">{entry.hint}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
