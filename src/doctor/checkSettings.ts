import { pinnedSettings } from '../eventlog/insertSettings.js';
import { readSettings, type UserSetting } from '../eventlog/readSettings.js';
import type { DoctorContext } from './context.js';
import { fine, withCommands, type Finding } from './finding.js';

/** What else is asked for besides what each insert pins: by the count of a batch, and by its deletion. */
const alsoSet = { select_sequential_consistency: 1, mutations_sync: 2 };

/**
 * Whether the user may set what each insert pins. What the profile of the server or the user says besides does not
 * matter: the pinned settings override it.
 */
export async function checkSettings(
  { eventLog, options }: DoctorContext,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const wanted = { ...pinnedSettings('token', options.logEventsPartitionQuantity), ...alsoSet };
  const found = await readSettings(eventLog, ['readonly', ...Object.keys(wanted)], signal);
  return judgeSettings(found, wanted);
}

/** What the user's settings mean for those we set. */
export function judgeSettings(
  found: readonly UserSetting[],
  wanted: Readonly<Record<string, string | number>>,
): readonly Finding[] {
  const readOnly = found.find(({ name }) => name === 'readonly');
  if (readOnly !== undefined && readOnly.value !== '0') {
    return [
      {
        code: 'USER_READ_ONLY',
        severity: 'fatal',
        side: 'clickhouse',
        summary: `The user of CLICKHOUSE_URL may only read (readonly is ${readOnly.value}).`,
        meaning: 'Every insert is refused, so nothing is delivered. Events are kept in the outbox.',
        advice: 'Use a user whose profile has readonly = 0.',
      },
    ];
  }
  const refused = found.flatMap((setting) => {
    const value = wanted[setting.name];
    const why = value === undefined ? undefined : whyRefused(setting, value);
    return value === undefined || why === undefined ? [] : [describeRefusal(setting, value, why)];
  });
  if (refused.length > 0) return refused;
  const count = Object.keys(wanted).length;
  return [
    fine('SETTINGS_FIT', 'clickhouse', `The user may set the ${String(count)} settings that are pinned.`),
  ];
}

function whyRefused({ value, readOnly, min, max }: UserSetting, wanted: string | number): string | undefined {
  if (sameValue(value, String(wanted))) return undefined; // what does not change is always allowed
  if (readOnly) return `is fixed at ${value === '' ? 'its value' : value}`;
  if (typeof wanted === 'string') return undefined;
  if (min !== undefined && wanted < Number(min)) return `has to be at least ${min}`;
  if (max !== undefined && wanted > Number(max)) return `has to be at most ${max}`;
  return undefined;
}

function sameValue(value: string, wanted: string): boolean {
  const asNumber = (text: string): string => ({ false: '0', true: '1' })[text] ?? text;
  return asNumber(value) === asNumber(wanted);
}

function describeRefusal({ name }: UserSetting, wanted: string | number, why: string): Finding {
  return {
    code: 'SETTING_NOT_ALLOWED',
    severity: 'fatal',
    side: 'clickhouse',
    summary: `${name} ${why} by the user's profile, and every insert needs ${String(wanted)}.`,
    meaning:
      'ClickHouse refuses the insert for it, so nothing is delivered. Waybill does not send without it: a batch could ' +
      'be stored in part, or twice.',
    advice: withCommands(
      'Take the constraint off the profile of this user (system.settings_profile_elements shows where it stands), ' +
        'or use a user without it. It is gone when this returns 0:',
      `SELECT readonly FROM system.settings WHERE name = '${name}';`,
    ),
  };
}
