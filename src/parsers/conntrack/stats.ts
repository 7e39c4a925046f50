/** The kernel's words for the same counters in /proc/net/stat/nf_conntrack (nf_conntrack_standalone.c) and the tool's (conntrack -S). */
const SAME: Readonly<Record<string, string>> = {
  clashres: 'clash_resolve',
  icmp_error: 'error',
  chainlength: 'chaintoolong',
};

/** Name of a counter, whichever source prints it: `nf_conntrack.insert_failed`. */
export const statName = (name: string): string => `nf_conntrack.${SAME[name] ?? name}`;
