import type { LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';

/*
 * VLAN Dev name	 | VLAN ID
 * Name-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD
 * eth0.10        | 10  | eth0
 *
 * net/8021q/vlanproc.c: the list of `config`, and one file a device (`eth0.10  VID: 10	 REORDER_HDR: 1 …`, `Device: eth0`).
 */
const HEADER = /^VLAN Dev name\s*\| VLAN ID$/;
const ROW = /^(\S{1,15})\s*\| (\d{1,4})\s*\| (\S{1,15})$/;
const DEVICE = /^(\S{1,15})\s+VID: (\d{1,4})\s+REORDER_HDR: \d/;
const DETAIL =
  /^(?:total (?:frames|bytes) (?:received|transmitted)|Broadcast\/Multicast Rcvd|(?:IN|E)GRESS priority mappings:|Device: |\d+:\d+)/;

/** `/proc/net/vlan/config` and the files beside it. */
export const procNetVlan = defineParser<LinkFact>({
  command: 'proc-net-vlan',
  emits: ['link'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, /^\/proc\/net\/vlan\//),
    file: /^(?:proc-net-)?vlan-config$/,
    sniff: (head) => (head.slice(0, 5).some((line) => HEADER.test(line.trim()) || DEVICE.test(line)) ? 3 : 0),
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    let device: { readonly line: number; readonly name: string; readonly id: string; lower?: string } | undefined;
    const vlan = (line: number, name: string, id: string, lower: string | undefined): void =>
      out.fact(line, {
        kind: 'link',
        name,
        ...(lower !== undefined && { peerName: lower }),
        info: { kind: 'vlan', attributes: { id } },
      });
    const flush = (): void => {
      if (device) vlan(device.line, device.name, device.id, device.lower);
      device = undefined;
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const short = line.length < 300;
      const row = short ? ROW.exec(line) : null;
      const [, name, id] = (short && DEVICE.exec(line)) || [];
      if (line === '' || HEADER.test(line) || line.startsWith('Name-Type: ')) {
        some ||= line !== '';
        out.noise(i);
      } else if (row) vlan(i, row[1] ?? '', row[2] ?? '', row[3]);
      else if (name !== undefined) {
        flush();
        some = true;
        device = { line: i, name, id: id ?? '' };
        out.part(i);
      } else if (device && short && DETAIL.test(line)) {
        out.part(i);
        const lower = /^Device: (\S{1,15})$/.exec(line)?.[1];
        if (lower !== undefined) device.lower = lower;
      } else if (!failures.take(i, line)) out.gap(i, 'not a row of VLANs');
    }
    flush();
    failures.close(some);
    out.incomplete('filtered', 'VLANs only');
  },
});
