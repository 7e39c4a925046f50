import type { LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { iproute2Command, shown } from './text/iproute2.js';
import { gap, readRows } from './text/rows.js';

/*
 * Name              Table
 * -----------------------
 * blue                10
 *
 * iproute2 ip/ipvrf.c ipvrf_show: devices of kind vrf and the table that packets of their members are looked up in.
 */
const HEADER = /^Name\s+Table\s*$/;
const RULE = /^-{5,}\s*$/;
const NONE = /^No VRF has been configured\s*$/;
const ROW = /^(\S{1,15}) {2,}(\d{1,10})\s*$/;

/** `ip vrf show`. */
export const ipVrf = defineParser<LinkFact>({
  command: 'ip-vrf',
  emits: ['link'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      const words = command?.object === 'vrf' && command.plain ? shown(command.args) : undefined;
      // No other devices are listed.
      return words && { kinds: [], ...(words[0] !== undefined && { scope: { dev: words[0] } }) };
    },
    file: /(?:^|-)ip-(?:\w-)*vrf(?:-(?:show|list))?$/,
    sniff(head) {
      const [first = '', second = ''] = head.filter((line) => line.trim() !== '');
      return HEADER.test(first) && RULE.test(second) ? 3 : 0;
    },
  },
  parse(text, out) {
    out.only([]);
    readRows(text, out, (line, i) => {
      if (HEADER.test(line) || RULE.test(line) || NONE.test(line)) return 'noise';
      const row = ROW.exec(line);
      if (!row) return gap('not a line of ip vrf');
      out.fact(i, { kind: 'link', name: row[1] ?? '', info: { kind: 'vrf', attributes: { table: row[2] ?? '' } } });
      return 'row';
    });
  },
});
