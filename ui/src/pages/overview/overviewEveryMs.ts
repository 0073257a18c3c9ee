/** How often the overview is asked for while it is visible. */
export const overviewEveryMs = 3000;
