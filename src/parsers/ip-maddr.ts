import { defineParser } from '../kit/index.js';
import { iproute2Command, jsonAsPlain, shown } from './text/iproute2.js';
import { startsWith } from './text/iproute2-json.js';
import { gap, readRows } from './text/rows.js';

/*
 * 2:	eth0
 * 	link  33:33:00:00:00:01
 * 	inet  224.0.0.1 users 2
 *
 * iproute2 ip/ipmaddr.c print_mlist. Which multicast groups the host itself has joined says nothing of where packets of pods go: the kernel
 * joins the same ones everywhere. So each line is known and none is a fact.
 */
const DEVICE = /^\d+:\s+\S+\s*$/;
const GROUP = /^(?:\d+:\s+\S+\\\s+|\s*)(?:(?:link|inet6?)\s+[\da-fA-F:.]+)(?: users \d+)?(?: static| dynamic)*\s*$/;
const JSON_START = ['ifindex', 'ifname', 'maddr'];

/** `ip maddr`, also with `-o` and `-j`. */
export const ipMaddr = defineParser<never>({
  command: 'ip-maddr',
  emits: [],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(jsonAsPlain(argv) ?? argv);
      return command?.object === 'maddress' && shown(command.args) ? {} : undefined;
    },
    file: /(?:^|-)ip-(?:\w-)*maddr(?:ess)?(?:-show)?$/,
    sniff(head) {
      if (startsWith(head, JSON_START) === 3) return 3;
      const lines = head.filter((line) => line.trim() !== '' && line.length < 300);
      const groups = lines.filter((line) => GROUP.test(line)).length;
      return groups > 0 &&
        lines.some((line) => /^\s|^\d+:\s/.test(line)) &&
        lines.every((line) => GROUP.test(line) || DEVICE.test(line))
        ? 3
        : 0;
    },
  },
  parse(text, out) {
    let json = false;
    readRows(text, out, (line) => {
      json ||= /^\s*\[/.test(line);
      return json || DEVICE.test(line) || GROUP.test(line) ? 'noise' : gap('not a line of ip maddr');
    });
  },
});
