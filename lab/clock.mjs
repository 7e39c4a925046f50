/**
 * The moment that all samples say they were captured at. Real clocks would change every file on every run; the
 * scrubber (scrub.mjs) writes this one instead.
 */
export const CAPTURED = Date.UTC(2026, 2, 12, 9, 14, 22);

/** Seconds since the cluster was made, for ages and logs. */
export const BOOTED = CAPTURED - 26 * 3600_000 - 11 * 60_000;
export const FLANNEL_STARTED = BOOTED + 4 * 60_000 + 37_000;

const two = (n) => String(n).padStart(2, '0');
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const parts = (time) => new Date(time);
export const clockOf = (time) => {
  const d = parts(time);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
};
/** `Thu Mar 12 09:14:22 2026`, as asctime and iptables-save write it. */
export const asctime = (time) => {
  const d = parts(time);
  return `${DAYS[d.getUTCDay()]} ${MONTHS[d.getUTCMonth()]} ${String(d.getUTCDate()).padStart(2)} ${clockOf(time)} ${d.getUTCFullYear()}`;
};
/** `Mar 12 09:14:22`, as journald's short output writes it. */
export const journalStamp = (time) => {
  const d = parts(time);
  return `${MONTHS[d.getUTCMonth()]} ${two(d.getUTCDate())} ${clockOf(time)}`;
};
/** `0312 09:14:22.104563`, as klog writes it. */
export const klogStamp = (time, micros) => {
  const d = parts(time);
  return `${two(d.getUTCMonth() + 1)}${two(d.getUTCDate())} ${clockOf(time)}.${String(micros).padStart(6, '0')}`;
};
export const isoOf = (time) => new Date(time).toISOString().replace('.000Z', 'Z');
