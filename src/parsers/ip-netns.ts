import type { NetnsFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { iproute2Command, shown } from './text/iproute2.js';
import { gap, readRows } from './text/rows.js';
import { share } from './text/share.js';

/*
 * cni-5f1c2c1e-9a0e (id: 3)
 * blue
 * nsid 0 (iproute2 netns name: blue)
 *
 * iproute2 ip/ipnetns.c netns_list and print_nsid. Names are file names in /run/netns, so a list without ids is told by its command only.
 */
const WITH_ID = /^\s*(\S+) \(id: (\d{1,10})\)\s*$/;
const NSID =
  /^nsid (?:unassigned|(\d{1,10}))(?: current-nsid (?:unassigned|\d{1,10}))?(?: \(iproute2 netns name: (\S+)\))?\s*$/;
const NAME = /^\s*([\w.@:+~-]{1,255})\s*$/;

/** `ip netns list` and `ip netns list-id`. */
export const ipNetns = defineParser<NetnsFact>({
  command: 'ip-netns',
  emits: ['netns'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      if (command?.object !== 'netns' || !command.plain) return undefined;
      // A list of ids alone leaves the namespaces out that have none.
      if (command.args[0]?.startsWith('list-i')) return { kinds: [] };
      return shown(command.args)?.length === 0 ? {} : undefined;
    },
    file: /(?:^|-)ip-netns(?:-(?:list|list-id|show))?$|^netns$/,
    sniff(head) {
      const all = (...forms: readonly RegExp[]): boolean =>
        share(head, (line) => line.length < 400 && forms.some((form) => form.test(line))) === 1;
      const ids = head.some((line) => line.length < 400 && WITH_ID.test(line));
      return all(NSID) || (ids && all(WITH_ID, NAME)) ? 3 : 0;
    },
  },
  parse(text, out) {
    readRows(text, out, (line, i) => {
      const [nsid, withId] = [NSID.exec(line), WITH_ID.exec(line)];
      const name = nsid?.[2] ?? withId?.[1] ?? (nsid ? undefined : NAME.exec(line)?.[1]);
      const id = nsid?.[1] ?? withId?.[2];
      if (name === undefined && id === undefined) return nsid ? 'noise' : gap('not a line of ip netns');
      out.fact(i, {
        kind: 'netns',
        ...(name !== undefined && { name }),
        ...(id !== undefined && { id: Number(id) }),
      });
      return 'row';
    });
  },
});
