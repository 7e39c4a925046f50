import type { HostsEntryFact } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { filesRead } from './text/reads-file.js';
import { wordsOf } from './text/words.js';

/*
 * # Kubernetes-managed hosts file.
 * 127.0.0.1	localhost
 * 10.162.0.7	node-1.example.org node-1
 *
 * hosts(5): an address and its names, `#` to the end of the line is a comment.
 */
const PATH = /(?:^|\/)(?:etc\/(?:.*\/)?hosts|etc-hosts|hosts)$/;
const NAME = /^[A-Za-z0-9_*](?:[\w.-]{0,252}[\w.])?$/;

interface Line {
  readonly address?: string;
  readonly names: readonly string[];
}

/** Undefined when the line is no entry; without an address when there stands something else in its place. */
function lineOf(text: string): Line | undefined {
  const hash = text.indexOf('#');
  const words = wordsOf(hash === -1 ? text : text.slice(0, hash));
  const [first = '', ...names] = words;
  if (names.length === 0 || !names.every((n) => NAME.test(n))) return undefined;
  const zone = first.indexOf('%');
  const address = canonicalAddress(zone === -1 ? first : first.slice(0, zone));
  return { ...(address !== undefined && { address }), names };
}

const isComment = (line: string): boolean => /^\s*#/.test(line);

/** `/etc/hosts` of a node or a pod. */
export const hosts = defineParser<HostsEntryFact>({
  command: 'hosts',
  emits: ['hosts-entry'],
  scope: 'stack',
  claims: {
    command(argv) {
      const files = filesRead(argv);
      return files.length > 0 && files.every((f) => PATH.test(f)) ? {} : undefined;
    },
    file: /^(?:etc-?)?hosts$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '' && !isComment(line));
      const entries = lines.filter((line) => line.length < 4000 && lineOf(line)?.address !== undefined);
      if (entries.length === 0 || entries.length * 10 < lines.length * 9) return 0;
      return lines.length > 1 && entries.some((line) => /^\s*(?:127\.0\.0\.1|::1)\s.*\blocalhost\b/.test(line)) ? 3 : 1;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const entry = line.length < 8000 ? lineOf(line) : undefined;
      if (line.trim() === '' || isComment(line)) out.noise(i);
      else if (entry?.address !== undefined) {
        some = true;
        out.fact(i, { kind: 'hosts-entry', address: entry.address, names: entry.names });
      } else if (!failures.take(i, line))
        out.gap(i, entry ? 'the address is masked or unreadable' : 'not an entry of hosts');
    }
    failures.close(some);
  },
});
