import { ActionIcon, Menu, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import type { ReactElement } from 'react';
import type { Session } from '#schema/session.js';
import { serverNowMs } from '../api/serverClock.js';
import { Icon } from '../parts/icon.js';
import { zoneText } from '../parts/timeText.js';
import { changeSettings, useSettings, type Density, type TimeDisplay } from '../settings/settings.js';

const schemes: readonly { value: MantineColorScheme; label: string }[] = [
  { value: 'auto', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];
const densities: readonly { value: Density; label: string }[] = [
  { value: 'dense', label: 'Dense' },
  { value: 'roomy', label: 'Roomy' },
];

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly options: readonly { value: Value; label: string }[];
  readonly value: Value;
  readonly choose: (value: Value) => void;
}

function Choice<Value extends string>({ label, options, value, choose }: ChoiceProps<Value>): ReactElement {
  return (
    <>
      <Menu.Label>{label}</Menu.Label>
      {options.map((option) => (
        <Menu.RadioItem
          key={option.value}
          value={option.value}
          checked={option.value === value}
          checkIcon={<Icon name="check" />}
          closeMenuOnClick={false}
          onChange={() => {
            choose(option.value);
          }}
        >
          {option.label}
        </Menu.RadioItem>
      ))}
    </>
  );
}

interface SettingsMenuProps {
  readonly session: Session | undefined;
  readonly openShortcuts: () => void;
}

export function SettingsMenu({ session, openShortcuts }: SettingsMenuProps): ReactElement {
  // Kept transitions: Mantine would otherwise add a <style> element, which the policy refuses.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const { density, times } = useSettings();
  const timeDisplays: readonly { value: TimeDisplay; label: string }[] = [
    { value: 'relative', label: 'Relative' },
    { value: 'local', label: `Local, ${zoneText(serverNowMs())}` },
    { value: 'utc', label: 'UTC' },
  ];
  return (
    <Menu position="bottom-end" width={220} withinPortal>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label="Settings">
          <Icon name="settings" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Choice label="Colours" options={schemes} value={colorScheme} choose={setColorScheme} />
        <Choice
          label="Rows"
          options={densities}
          value={density}
          choose={(value) => {
            changeSettings({ density: value });
          }}
        />
        <Choice
          label="Times"
          options={timeDisplays}
          value={times}
          choose={(value) => {
            changeSettings({ times: value });
          }}
        />
        <Menu.Divider />
        <Menu.Item onClick={openShortcuts} rightSection={<kbd>?</kbd>}>
          Keyboard shortcuts
        </Menu.Item>
        {session === undefined ? null : (
          <Menu.Label>
            Signed in as <bdi>{session.user.name}</bdi>, {session.user.role}
          </Menu.Label>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
