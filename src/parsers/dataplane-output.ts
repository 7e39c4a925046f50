import { defineParser } from '../kit/index.js';
import { dataplaneCommand, dataplaneHead, dataplaneName } from './dataplane/table.js';
import { takeAsNoise } from './text/noise.js';

/*
 * TUNNEL         VALUE
 * 10.42.1.0:0    192.0.2.12:0
 *
 * Maps of eBPF programs, flows and ports of Open vSwitch, the databases of OVN, what Antrea's agent knows: where they decide, the packet walk
 * does not know. So the lines are noise, and prove the absence of nothing.
 */

/** Output of the tools of data planes that are not modelled. */
export const dataplaneOutput = defineParser<never>({
  command: 'dataplane-output',
  emits: [],
  scope: 'stack',
  claims: {
    command: (argv) => (dataplaneCommand(argv) ? { kinds: [] } : undefined),
    file: dataplaneName,
    sniff: (head) => (dataplaneHead(head) ? 3 : 0),
  },
  parse: takeAsNoise,
});
