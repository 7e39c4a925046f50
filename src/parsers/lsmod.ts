import type { ModuleFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { wordsOf } from './text/words.js';

/*
 * Module                  Size  Used by
 * nf_conntrack          172032  4 xt_conntrack,nf_nat,nf_conntrack_netlink,xt_MASQUERADE
 *
 * br_netfilter 32768 0 - Live 0x0000000000000000 (OE)
 *
 * kmod's lsmod and kernel/module/procfs.c m_show; busybox adds what taints the kernel to the header.
 */
/** Modules that a column of words and numbers is not about by chance. */
const NETWORK =
  /^(?:ip_vs|nf_|nft_|xt_|ip6?table|ip_set|ipt_|br_netfilter|bridge|vxlan|ipip|tunl|overlay|veth|wireguard|geneve)/;
const HEADER = /^Module +Size +Used +by\b/;
const NAME = /^[A-Za-z0-9][\w-]{0,63}$/;
const STATES = { Live: 'loaded', Loading: 'loading', Unloading: 'unloading' } as const;

type State = ModuleFact['state'];

interface Row {
  readonly name: string;
  readonly state: State;
  readonly references?: number;
  readonly usedBy: readonly string[];
}

const users = (text: string | undefined): readonly string[] =>
  (text ?? '').split(',').filter((name) => NAME.test(name) && name !== '-');

/** A line of /proc/modules: its fifth word is the state. */
function procRow(w: readonly string[]): Row | undefined {
  const state = w[4] ?? '';
  if (w.length < 6 || !Object.hasOwn(STATES, state) || !/^0x[\da-f]+$/i.test(w[5] ?? '')) return undefined;
  return row(w[0], w[2], w[3], STATES[state as keyof typeof STATES]);
}

function row(name = '', references = '', by: string | undefined, state: State): Row | undefined {
  if (!NAME.test(name)) return undefined;
  return {
    name: name.replaceAll('-', '_'),
    state,
    ...(/^\d{1,9}$/.test(references) && { references: Number(references) }),
    usedBy: users(by),
  };
}

const listRow = (w: readonly string[]): Row | undefined =>
  /^\d{1,12}$/.test(w[1] ?? '') && /^-?\d{1,9}$/.test(w[2] ?? '') && w.length <= 8
    ? row(w[0], w[2], w.slice(3).join(','), 'loaded')
    : undefined;

/** `lsmod` and `/proc/modules`. */
export const lsmod = defineParser<ModuleFact>({
  command: 'lsmod',
  emits: ['module'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'lsmod' ? {} : readsFile(argv, ['/proc/modules'])),
    file: /(?:^|-)lsmod$|^proc-modules$|^modules$/,
    sniff(head) {
      if (head.slice(0, 10).some((line) => HEADER.test(line))) return 3;
      const lines = head.filter((line) => line.trim() !== '');
      const rows = lines.filter((line) => line.length < 4000 && procRow(wordsOf(line)) !== undefined).length;
      if (rows > 0 && rows === lines.length) return 3;
      // `| grep` leaves rows without their header: sizes are of pages, or at least of thousands.
      const listed = lines.every((line) =>
        /^[a-z]\w{1,55} +\d{4,9} +\d{1,5}(?: +[\w,-]+)?\s*$/.test(line.slice(0, 4000)),
      );
      const known = lines.some((line) => NETWORK.test(line));
      return lines.length > 0 && listed ? (known ? 2 : 1) : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    let whole = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const words = line.length < 8000 ? wordsOf(line) : [];
      if (HEADER.test(line)) {
        some = true;
        whole = true;
        out.noise(i);
        continue;
      }
      if (words.length === 0 && line.trim() === '') continue;
      const ofKernel = procRow(words);
      const module = ofKernel ?? listRow(words);
      whole ||= ofKernel !== undefined;
      if (module) {
        some = true;
        const { usedBy, ...rest } = module;
        out.fact(i, { kind: 'module', ...rest, ...(usedBy.length > 0 && { usedBy }) });
      } else if (!failures.take(i, line)) out.gap(i, 'not a row of lsmod');
    }
    failures.close(some);
    if (some && !whole) out.incomplete('filtered', 'rows without their header');
  },
});
