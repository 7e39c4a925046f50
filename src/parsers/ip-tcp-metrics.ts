import { defineParser, parseAddress } from '../kit/index.js';
import { iproute2Command, jsonAsPlain, shown } from './text/iproute2.js';
import { startsWith } from './text/iproute2-json.js';
import { gap, readRows } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * 192.168.50.12 age 12.345sec cwnd 10 rtt 412us rttvar 380us source 192.168.50.11
 *
 * iproute2 ip/tcp_metrics.c process_msg: what TCP remembers of peers that it spoke to, to start the next connection with. It is a cache: no
 * entry says that a peer is reached now, none that it is not. So each line is known and none is a fact.
 */
const isEntry = (line: string): boolean => {
  const [address = '', key, value] = wordsOf(line.slice(0, 300));
  return parseAddress(address) !== undefined && ((key === 'age' && /sec$/.test(value ?? '')) || key === 'tw_ts');
};

/** `ip tcp_metrics`, also with `-j`. */
export const ipTcpMetrics = defineParser<never>({
  command: 'ip-tcp-metrics',
  emits: [],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(jsonAsPlain(argv) ?? argv);
      return command && /^tcp_?metrics$/.test(command.object) && shown(command.args) ? {} : undefined;
    },
    file: /(?:^|-)ip-(?:\w-)*tcp-?metrics(?:-show)?$/,
    sniff(head) {
      if (startsWith(head, ['dst', 'age']) === 3) return 3;
      const lines = head.filter((line) => line.trim() !== '');
      return lines.length > 0 && lines.every(isEntry) ? 3 : 0;
    },
  },
  parse(text, out) {
    let json = false;
    readRows(text, out, (line) => {
      json ||= /^\s*\[/.test(line);
      return json || isEntry(line) ? 'noise' : gap('not an entry of ip tcp_metrics');
    });
  },
});
