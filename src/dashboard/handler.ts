import type { z } from 'zod';
import type { DashboardContext } from './context.js';
import type { RouteName, routes } from './schema/routes.js';
import type { Session } from './schema/session.js';

type RouteOf<Name extends RouteName> = (typeof routes)[Name];
type Parsed<Name extends RouteName, Part extends string> =
  RouteOf<Name> extends Readonly<Record<Part, infer Schema extends z.ZodType>> ? z.output<Schema> : undefined;

/** A request that has passed every check, read by the schemas of its route. */
export interface HandlerRequest<Name extends RouteName> {
  readonly params: Parsed<Name, 'params'>;
  readonly query: Parsed<Name, 'query'>;
  readonly body: Parsed<Name, 'body'>;
  readonly user: Session['user'];
  readonly access: Session['access'];
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly context: DashboardContext;
}

/** Answers one route: with what its schema says, or with a file. */
export type Handler<Name extends RouteName> = (
  request: HandlerRequest<Name>,
) => Promise<
  RouteOf<Name> extends { readonly answer: infer Answer extends z.ZodType } ? z.input<Answer> : Response
>;
