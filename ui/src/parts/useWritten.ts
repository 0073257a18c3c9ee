import { useState } from 'react';

/** What somebody writes into a field until it is taken over; begins anew when what is kept changes. */
export function useWritten(kept: string): readonly [written: string, setWritten: (written: string) => void] {
  const [state, setState] = useState({ kept, written: kept });
  if (state.kept !== kept) setState({ kept, written: kept });
  const setWritten = (written: string): void => {
    setState({ kept, written });
  };
  return [state.kept === kept ? state.written : kept, setWritten];
}
