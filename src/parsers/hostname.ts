import type { HostnameFact } from '../facts/index.js';
import { type CaptureContext, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * worker-2.example.org
 *
 * One word that could be anything: taken only where a command line or a file name says that it is a host name.
 */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;
const FILES: Readonly<Record<string, HostnameFact['source']>> = {
  '/etc/hostname': 'etc',
  '/proc/sys/kernel/hostname': 'sysctl',
};
/** The options that still print the machine's name; `-i`, `-I` and `-d` print others. */
const PRINTS_NAME = /^(?:-[fs]|--fqdn|--long|--short)$/;

const sourceOf = ({ argv }: CaptureContext): HostnameFact['source'] =>
  argv[0] === 'cat' ? (FILES[argv[1] ?? ''] ?? 'hostname') : 'hostname';

/** `hostname`, or the file that holds it. */
export const hostname = defineParser<HostnameFact>({
  command: 'hostname',
  emits: ['hostname'],
  scope: 'stack',
  claims: {
    command(argv) {
      const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
      if (words[0] === 'cat' && words.length === 2) return Object.hasOwn(FILES, words[1] ?? '') ? {} : undefined;
      return words[0] === 'hostname' && words.slice(1).every((word) => PRINTS_NAME.test(word)) ? {} : undefined;
    },
    file: /^(?:etc-)?hostname(?:-?(?:f|s|fqdn))?$/,
    sniff: () => 0,
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      if (line === '') continue;
      // /etc/hostname may hold comments (hostname(5)).
      if (line.startsWith('#')) out.noise(i);
      else if (!some && NAME.test(line)) {
        out.fact(i, { kind: 'hostname', name: line, source: sourceOf(context) });
        some = true;
      } else if (!failures.take(i, line)) out.gap(i, some ? 'a second host name' : 'not a host name');
    }
    failures.close(some);
  },
});
