import type { EthtoolStatFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { claimEthtool, deviceOf } from './ethtool/command.js';
import { gap, readRows } from './text/rows.js';
import { share } from './text/share.js';

/*
 * NIC statistics:
 *      rx_packets: 1510830
 *      rx_missed_errors: 12
 *
 * ethtool.c do_gnicstats. Names are each driver's own, hundreds of them; a fact is what counts errors or drops and is not zero.
 */
const HEADER = /^\s*(?:(?:NIC|PHY) statistics|Standard stats for \S+):\s*$/;
const ROW = /^\s*(?:\[\d+\]: )?(\S.{0,80}?)\s*: (-?\d{1,20})\s*$/;
const TELLING =
  /err|drop|discard|miss|crc|fifo|overrun|overflow|overload|time_?out|fail|colli|lost|abort|no_?buf|out_of_buf|no_desc|no_dma|bad|inval|jabber|fragment|oversize|undersize|too_?(?:long|short|big)|truncat|link_down|carrier|stuck|starv|corrupt|reset|_full$|exhaust|denied|disable|hang|unsupported|not_?ready/i;
/** A driver without counters says so instead; one without their names leaves it to ethtool. */
const NONE = /^no stats available\s*$/;
const UNNAMED = /^Cannot get stats strings information: /;

/** `ethtool -S`: errors and drops of a device. */
export const ethtoolStatistics = defineParser<EthtoolStatFact>({
  command: 'ethtool-statistics',
  emits: ['ethtool-stat'],
  scope: 'stack',
  claims: {
    command: (argv) => claimEthtool(argv, 'statistics'),
    file: /(?:^|-)ethtool-(?:s|statistics|phy-statistics)(?:-[\w@.:-]+)?$/,
    sniff(head) {
      if (head.some((line) => HEADER.test(line.slice(0, 100)))) return 3;
      if (share(head, (line) => NONE.test(line.slice(0, 100)) || UNNAMED.test(line.slice(0, 100))) === 1) return 2;
      // A grep of it: names of counters and nothing else.
      return share(head, (line) => /^(?: +[rt]x\S*|[rt]x_\w{2,60}): \d+$/.test(line.slice(0, 200))) > 0.9 ? 2 : 0;
    },
  },
  parse(text, out, context) {
    const dev = deviceOf(context);
    readRows(text, out, (line, i) => {
      if (HEADER.test(line) || NONE.test(line)) return 'noise';
      const [, name, digits] = ROW.exec(line.slice(0, 200)) ?? [];
      if (name === undefined) return gap('not a line of ethtool -S');
      const value = Number(digits);
      if (value === 0 || !TELLING.test(name)) return 'noise';
      out.fact(i, { kind: 'ethtool-stat', ...(dev !== undefined && { dev }), name, value });
      return 'row';
    });
  },
});
