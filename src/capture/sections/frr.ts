import { byHeaders, type Sectioning } from './section.js';

/*
 * ###### show ip route
 * Codes: K - kernel route, C - connected, …
 *
 * frr-k8s and MetalLB: what vtysh says, behind a row of hashes each (`dump_frr` of OpenShift's must-gather). Zebra's table is not the kernel's.
 */
const HEADER = /^#{4,8} (show \S.{0,200}?)\s*$/;

export const frr: Sectioning = {
  name: 'frr',
  detect: (head, inner) => /(?:^|\/)dump_frr[^/]*$/.test(inner) && head.some((line) => HEADER.test(line)),
  split: (text) =>
    byHeaders(text, (line) => {
      const asked = HEADER.exec(line)?.[1];
      return asked === undefined ? undefined : { commandLine: `vtysh -c "${asked.replaceAll('"', '')}"` };
    }),
};
