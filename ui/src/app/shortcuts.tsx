import { Modal } from '@mantine/core';
import type { ReactElement } from 'react';
import { useFocusBack } from '../parts/useFocusBack.js';
import { pageEntries } from './pages.js';

const keys: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['/'], 'Find a page, an id or a text (also Ctrl K, ⌘ K)'],
  [['?'], 'This list'],
  [['f'], 'To the filters of the page'],
  [['j', 'k'], 'Next and previous row of a list; Enter opens it'],
  [['n', 'p'], 'Next page of a list, and its first'],
  [['l'], 'Hold the page still, or let it go on'],
  [['Esc'], 'Close a dialog'],
];

export function Shortcuts({ opened, close }: { opened: boolean; close: () => void }): ReactElement {
  useFocusBack(opened);
  return (
    <Modal
      opened={opened}
      onClose={close}
      title="Keyboard shortcuts"
      lockScroll={false}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <dl className="shortcuts">
        {keys.map(([each, what]) => (
          <Shortcut key={what} keys={each} what={what} />
        ))}
        {pageEntries.map((page) => (
          <Shortcut key={page.path} keys={[`g ${page.key}`]} what={page.title} />
        ))}
      </dl>
    </Modal>
  );
}

function Shortcut({ keys: each, what }: { keys: readonly string[]; what: string }): ReactElement {
  return (
    <div className="shortcut">
      <dt>
        {each.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{what}</dd>
    </div>
  );
}
