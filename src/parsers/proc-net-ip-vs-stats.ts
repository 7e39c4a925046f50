import type { NetworkCounterFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { readsFile } from './text/reads-file.js';
import { gap, readRows } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 *    Total Incoming Outgoing         Incoming         Outgoing
 *    Conns  Packets  Packets            Bytes            Bytes
 *       3D      2A6      1F0             9C40            7D00
 *
 *  Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
 *        0        0        0                0                0
 *
 * net/netfilter/ipvs/ip_vs_ctl.c ip_vs_stats_show: hexadecimal. ip_vs_stats_percpu has a row a CPU and `~` for all of them. Rates are those
 * of the last seconds and nothing that was counted.
 */
const NAMES = ['Conns', 'InPkts', 'OutPkts', 'InBytes', 'OutBytes'];
const HEADER = /^(?:Total Incoming Outgoing +Incoming +Outgoing|(?:CPU +)?Conns +Packets +Packets +Bytes +Bytes)$/;
const RATES = /^(?:CPU +)?Conns\/s +Pkts\/s +Pkts\/s +Bytes\/s +Bytes\/s$/;
const ROW = /^(?:(?<cpu>[\dA-F]{1,4}|~) +)?(?<values>[\dA-F]{1,16}(?: +[\dA-F]{1,16}){4})$/;

/** `/proc/net/ip_vs_stats` and `ip_vs_stats_percpu`; counters by the names that `ipvsadm -L --stats` has for them. */
export const procNetIpVsStats = defineParser<NetworkCounterFact>({
  command: 'proc-net-ip-vs-stats',
  emits: ['network-counter'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, ['/proc/net/ip_vs_stats', '/proc/net/ip_vs_stats_percpu']),
    file: /(?:^|-)ip-vs-stats(?:-percpu)?$/,
    sniff: (head) => (head.filter((line) => line.length < 200 && HEADER.test(line.trim())).length > 1 ? 3 : 0),
  },
  parse(text, out) {
    let rates = false;
    readRows(text, out, (line, i) => {
      const trimmed = line.length < 200 ? line.trim() : '';
      if (RATES.test(trimmed)) rates = true;
      if (RATES.test(trimmed) || HEADER.test(trimmed)) return 'noise';
      const { cpu, values } = ROW.exec(trimmed)?.groups ?? {};
      if (values === undefined) return gap('not a row of ip_vs_stats');
      if (rates || (cpu !== undefined && cpu !== '~')) return 'noise';
      for (const [k, value] of wordsOf(values).entries())
        out.fact(i, { kind: 'network-counter', name: `ipvs.${NAMES[k]}`, value: Number.parseInt(value, 16) });
      return 'row';
    });
  },
});
