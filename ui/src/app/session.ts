import type { Session } from '#schema/session.js';
import { useLive } from '../api/useLive.js';

/** Who is signed in. Undefined until the server has said so. */
export function useSession(): Session | undefined {
  return useLive('readSession', {}, { everyMs: 300_000 }).data;
}

/** Whether actions are offered. The server refuses them to a viewer in any case. */
export function useMayAct(): boolean {
  return useSession()?.user.role === 'operator';
}
