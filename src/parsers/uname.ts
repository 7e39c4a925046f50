import type { HostnameFact, KernelReleaseFact } from '../facts/index.js';
import { defineParser, type Sink } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { wordsOf } from './text/words.js';

/*
 * Linux node-1 4.15.0-72-generic #81-Ubuntu SMP Tue Nov 26 12:20:02 UTC 2019 x86_64 x86_64 x86_64 GNU/Linux
 * 4.15.0-72-generic
 * Linux version 4.15.0-72-generic (buildd@lcy01-amd64-026) (gcc version 7.4.0 …
 *
 * `uname` with any of its options, and /proc/version.
 */
type Fact = KernelReleaseFact | HostnameFact;

const RELEASE = /^\d{1,3}\.\d{1,3}[\w.+~-]{0,100}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;
const ALL = /^\s*Linux \S+ \d+\.\d+\S* #\d/;
const VERSION = /^\s*Linux version \d+\.\d+\S* \(/;

const LONG: Readonly<Record<string, string>> = {
  'kernel-name': 's',
  nodename: 'n',
  'kernel-release': 'r',
  'kernel-version': 'v',
  machine: 'm',
  processor: 'p',
  'hardware-platform': 'i',
  'operating-system': 'o',
  all: 'a',
};

/** Letters of what was asked for; without options the kernel's name. */
function askedOf(argv: readonly string[]): string {
  if (argv[0] !== 'uname') return '';
  const letters = argv.slice(1).map((w) => (w.startsWith('--') ? (LONG[w.slice(2)] ?? '') : w.replace(/^-/, '')));
  return letters.join('') || 's';
}

/** The line of `uname -nr` and the like: what was asked for, in uname's own order, whatever the order of the options. */
function takeAsked(i: number, words: readonly string[], asked: string, out: Sink<Fact>): boolean {
  const fields = [...'snr'].filter((letter) => asked.includes(letter));
  const name = words[fields.indexOf('n')];
  const release = words[fields.indexOf('r')];
  if (words.length < fields.length) return false;
  if (release !== undefined && !RELEASE.test(release)) return false;
  if (name !== undefined && !NAME.test(name)) return false;
  if (release !== undefined) out.fact(i, { kind: 'kernel-release', release });
  if (name !== undefined) out.fact(i, { kind: 'hostname', name, source: 'uname' });
  if (release === undefined && name === undefined) out.noise(i);
  return true;
}

/** Facts of one line; false when it is none of the forms. */
function take(i: number, words: readonly string[], out: Sink<Fact>): boolean {
  const [first = '', second = '', third = ''] = words;
  const release = (text: string): void => out.fact(i, { kind: 'kernel-release', release: text });
  if (words.length === 1 && RELEASE.test(first)) release(first);
  else if (first !== 'Linux') return false;
  else if (second === 'version' && RELEASE.test(third)) release(third);
  // `uname -sr` leaves the host name out.
  else if (RELEASE.test(second) && !RELEASE.test(third)) release(second);
  else if (NAME.test(second) && RELEASE.test(third)) {
    release(third);
    out.fact(i, { kind: 'hostname', name: second, source: 'uname' });
  } else return false;
  return true;
}

/** `uname`, /proc/version: the kernel's release, and the host name where it is printed. */
export const uname = defineParser<Fact>({
  command: 'uname',
  emits: ['kernel-release', 'hostname'],
  scope: 'stack',
  claims: {
    command(argv) {
      const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
      if (words[0] === 'cat') return words[1] === '/proc/version' && words.length === 2 ? {} : undefined;
      if (words[0] !== 'uname' || words.includes('--version') || words.includes('--help')) return undefined;
      const asked = askedOf(words);
      const all = asked.includes('a');
      return {
        kinds: [
          ...(all || asked.includes('r') ? ['kernel-release'] : []),
          ...(all || asked.includes('n') ? ['hostname'] : []),
        ],
      };
    },
    file: /^(?:uname(?:-(?:a|r))?|kernel-info|proc-version)$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '');
      const telling = lines.filter((line) => ALL.test(line) || VERSION.test(line)).length;
      return telling > 0 && lines.length <= 3 ? 3 : 0;
    },
  },
  parse(text, out, { argv }) {
    const failures = collectFailures(out);
    const asked = askedOf(argv[0] === 'busybox' ? argv.slice(1) : argv);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const words = wordsOf(line);
      if (words.length === 0) continue;
      if (failures.take(i, line)) continue;
      const known = asked === '' || asked.includes('a') ? take(i, words, out) : takeAsked(i, words, asked, out);
      if (known) some = true;
      else out.gap(i, 'not a line of uname');
    }
    failures.close(some);
  },
});
