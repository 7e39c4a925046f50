/** Names that ip prints for it (/etc/iproute2/rt_dsfield). */
const TOS_NAMES: Readonly<Record<string, number>> = {
  default: 0,
  mincost: 2,
  reliability: 4,
  throughput: 8,
  lowdelay: 16,
};
/** Without the bits of ECN (fib_dscp_masked_match). */
const DSCP = 0xfc;

/** Is the selector of a rule or route the flow's? 0 selects all; undefined: a name that is not known. */
export function hasTos(selector: string, tos = 0): boolean | undefined {
  const wanted = TOS_NAMES[selector.toLowerCase()] ?? Number(selector);
  if (Number.isNaN(wanted)) return (tos & DSCP) === 0 ? false : undefined;
  return wanted === 0 || wanted === (tos & DSCP);
}
