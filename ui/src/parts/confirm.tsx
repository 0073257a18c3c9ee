import { Button, Modal, TextInput } from '@mantine/core';
import { useState, type ReactElement, type ReactNode } from 'react';
import { Failure } from './states.js';
import { useFocusBack } from './useFocusBack.js';

interface ConfirmProps {
  readonly opened: boolean;
  readonly title: string;
  /** What will happen, with its numbers. */
  readonly children: ReactNode;
  readonly action: string;
  readonly dangerous?: boolean;
  /** Asks for a reason, which goes into the record of actions. */
  readonly askReason?: boolean;
  readonly reasonRequired?: boolean;
  /** Whoever confirms writes this text first. For what cannot be undone and concerns many. */
  readonly typeToConfirm?: string | undefined;
  readonly onConfirm: (reason: string | undefined) => Promise<void>;
  readonly onClose: () => void;
}

/**
 * The one dialog before an action. Stays open while the action runs, and shows its error here if it fails; closes when it
 * is done. The focus returns to where it was.
 */
export function Confirm(props: ConfirmProps): ReactElement {
  useFocusBack(props.opened);
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.title}
      centered
      size="md"
      lockScroll={false}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {props.opened ? <ConfirmForm {...props} /> : null}
    </Modal>
  );
}

function ConfirmForm(props: ConfirmProps): ReactElement {
  const {
    children,
    action,
    dangerous = false,
    askReason = false,
    reasonRequired = false,
    typeToConfirm,
  } = props;
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<Error>();
  const [running, setRunning] = useState(false);

  const run = (): void => {
    setRunning(true);
    setError(undefined);
    props
      .onConfirm(reason.trim() === '' ? undefined : reason.trim())
      .then(props.onClose, (failure: unknown) => {
        setError(failure instanceof Error ? failure : new Error(String(failure)));
      })
      .finally(() => {
        setRunning(false);
      });
  };

  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!running) run();
      }}
    >
      <div className="stack">{children}</div>
      {askReason ? (
        <TextInput
          label="Reason"
          description={`Kept in the record of actions.${reasonRequired ? '' : ' May be left empty.'}`}
          required={reasonRequired}
          withAsterisk={false}
          dir="auto"
          value={reason}
          maxLength={500}
          data-autofocus
          onChange={(event) => {
            setReason(event.currentTarget.value);
          }}
        />
      ) : null}
      {typeToConfirm === undefined ? null : (
        <TextInput
          label={`Write ${typeToConfirm} to confirm`}
          value={typed}
          autoComplete="off"
          onChange={(event) => {
            setTyped(event.currentTarget.value);
          }}
        />
      )}
      {error === undefined ? null : <Failure error={error} />}
      <div className="row dialog-buttons">
        <Button variant="default" size="sm" onClick={props.onClose}>
          Cancel
        </Button>
        <Button
          type="submit"
          size="sm"
          data-dangerous={dangerous}
          loading={running}
          disabled={
            (typeToConfirm !== undefined && typed !== typeToConfirm) ||
            (reasonRequired && reason.trim() === '')
          }
          {...(askReason ? {} : { 'data-autofocus': true })}
        >
          {action}
        </Button>
      </div>
    </form>
  );
}
