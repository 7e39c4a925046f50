import type { HostnameFact, KernelReleaseFact } from '../facts/index.js';
import { defineParser, type Sink } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { wordsOf } from './text/words.js';

/*
 * Linux node-1 4.15.0-72-generic #81-Ubuntu SMP Tue Nov 26 12:20:02 UTC 2019 x86_64 x86_64 x86_64 GNU/Linux
 * 4.15.0-72-generic
 * Linux version 4.15.0-72-generic (buildd@lcy01-amd64-026) (gcc version 7.4.0 …
 *
 * `uname -a`, `uname -r` and /proc/version.
 */
type Fact = KernelReleaseFact | HostnameFact;

const RELEASE = /^\d{1,3}\.\d{1,3}[\w.+~-]{0,100}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;
const ALL = /^\s*Linux \S+ \d+\.\d+\S* #\d/;
const VERSION = /^\s*Linux version \d+\.\d+\S* \(/;

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

/** `uname -a`, `uname -r`, /proc/version: the kernel's release, and the host name where it is printed. */
export const uname = defineParser<Fact>({
  command: 'uname',
  emits: ['kernel-release', 'hostname'],
  scope: 'stack',
  claims: {
    command(argv) {
      const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
      if (words[0] === 'cat') return words[1] === '/proc/version' && words.length === 2 ? {} : undefined;
      return words[0] === 'uname' &&
        words.slice(1).some((word) => /^-[a-z]*[ar][a-z]*$|^--(?:all|kernel-release)$/.test(word))
        ? {}
        : undefined;
    },
    file: /^(?:uname(?:-(?:a|r))?|kernel-info|proc-version)$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '');
      const telling = lines.filter((line) => ALL.test(line) || VERSION.test(line)).length;
      return telling > 0 && lines.length <= 3 ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const words = wordsOf(line);
      if (words.length === 0) continue;
      if (take(i, words, out)) some = true;
      else if (!failures.take(i, line)) out.gap(i, 'not a line of uname');
    }
    failures.close(some);
  },
});
