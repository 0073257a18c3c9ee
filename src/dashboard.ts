/**
 * What an application imports to mount the dashboard, or to serve it by itself.
 * @module waybill/dashboard
 */
export { createDashboard, type Dashboard } from './dashboard/createDashboard.js';
export type { DashboardOptions } from './dashboard/dashboardOptions.js';
export type { RedactableEvent, RedactHook, RedactTextHook } from './dashboard/redaction.js';
export type { Authorize } from './dashboard/security/authenticate.js';
export type { RequestInfo } from './dashboard/security/requestOrigin.js';
export type { DashboardCredentials, DashboardUser } from './dashboard/security/users.js';
export { serveDashboard, type ServedDashboard, type ServeOptions } from './dashboard/serveDashboard.js';
export { InvalidOptionsError } from './config/options.js';
export { WaybillError } from './waybillError.js';
