import type { HostnameFact } from '../facts/index.js';
import { type CaptureContext, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * worker-2.example.org
 *
 * One word that could be anything: taken only where a command line or a file name says that it is a host name. Bundles of troubleshoot.sh have it
 * from three places (replicatedhq/troubleshoot-specs host/default.yaml):
 *
 * hostname = worker-2
 * /proc/sys/kernel/hostname = worker-2
 * uname -n = worker-2
 */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;
const FILES: Readonly<Record<string, HostnameFact['source']>> = {
  '/etc/hostname': 'etc',
  '/proc/sys/kernel/hostname': 'sysctl',
};
/** What troubleshoot.sh asked, and what it said. */
const ASKED = /^(hostname|\/proc\/sys\/kernel\/hostname|uname -n) = (\S+)$/;
const SOURCES: Readonly<Record<string, HostnameFact['source']>> = {
  '/proc/sys/kernel/hostname': 'sysctl',
  'uname -n': 'uname',
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
    file: /^(?:etc-)?hostname(?:s|-?(?:f|s|fqdn))?$/,
    sniff: (head) => (head.filter((line) => ASKED.test(line)).length >= 2 ? 3 : 0),
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      if (line === '') continue;
      const [, asked = '', said = ''] = ASKED.exec(line) ?? [];
      if (NAME.test(said)) {
        out.fact(i, { kind: 'hostname', name: said, source: SOURCES[asked] ?? 'hostname' });
        some = true;
        continue;
      }
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
