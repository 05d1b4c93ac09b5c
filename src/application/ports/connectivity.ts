/**
 * Whether there is a network, as far as the platform knows. "No" is to be believed; "yes" only
 * means that trying is worth it: behind a captive portal, too, the platform says yes. Whether
 * the remote can be reached is found out by asking the remote.
 *
 * N1. `isOnline` answers at once, and never throws.
 * N2. `watch` calls back after each change, and when the program comes to the front again, where
 *     timers may have stood still; it answers how to stop.
 */
export interface Connectivity {
  readonly isOnline: () => boolean;
  readonly watch: (onChange: () => void) => () => void;
}

/** For platforms that cannot tell: every try is worth it. */
export const alwaysOnline: Connectivity = { isOnline: () => true, watch: () => () => undefined };
