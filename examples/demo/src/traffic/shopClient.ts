import { z } from 'zod';

/** What a client learns of its request. */
export type Answer =
  | { readonly kind: 'done'; readonly body: unknown }
  /** The shop said no (4xx): nothing was changed. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No answer was seen, or one that does not tell (5xx): it may have been done or not. */
  | { readonly kind: 'unseen' };

export interface AskOptions {
  /** The client gives up and disconnects after so long, in milliseconds. */
  readonly abandonAfterMs?: number | undefined;
}

export interface RequestCounts {
  done: number;
  refused: number;
  unseen: number;
}

const refusal = z.object({ error: z.string() });

/** A client of the shop, over real HTTP with kept connections. */
export class ShopClient {
  readonly #url: string;
  readonly #answerTimeoutMs: number;
  readonly counts: RequestCounts = { done: 0, refused: 0, unseen: 0 };

  constructor(url: string, answerTimeoutMs = 20_000) {
    this.#url = url;
    this.#answerTimeoutMs = answerTimeoutMs;
  }

  get(path: string): Promise<Answer> {
    return this.#ask(path, { method: 'GET' }, {});
  }

  post(path: string, body: unknown, options: AskOptions = {}): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    return this.#ask(path, { method: 'POST', headers, body: JSON.stringify(body) }, options);
  }

  async #ask(path: string, request: RequestInit, { abandonAfterMs }: AskOptions): Promise<Answer> {
    const answer = await this.#send(path, request, abandonAfterMs ?? this.#answerTimeoutMs);
    this.counts[answer.kind] += 1;
    return answer;
  }

  async #send(path: string, request: RequestInit, timeoutMs: number): Promise<Answer> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => {
      giveUp.abort();
    }, timeoutMs);
    try {
      const response = await fetch(`${this.#url}${path}`, { ...request, signal: giveUp.signal });
      const body: unknown = await response.json();
      if (response.ok) return { kind: 'done', body };
      if (response.status >= 500) return { kind: 'unseen' };
      return { kind: 'refused', reason: refusal.safeParse(body).data?.error ?? 'invalid' };
    } catch {
      return { kind: 'unseen' }; // disconnected, by us or by the shop
    } finally {
      clearTimeout(timer);
    }
  }
}
