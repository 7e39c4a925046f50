/**
 * wget of GNU and of busybox.
 *
 *     Resolving svc.example (svc.example)... 10.71.2.2
 *     Connecting to svc.example (svc.example)|10.71.2.2|:9000... failed: Connection timed out.
 *     wget: can't connect to remote host (10.71.2.2): Connection refused
 */
import type { TcpAttemptFact } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink, type Text } from '../kit/index.js';
import { type Attempt, attemptFact, newAttempt, outcomeOf, setTarget, urlTarget } from './tcp/attempt.js';
import { failureIn } from './text/failure.js';

/* GNU connect.c connect_to_ip and http.c; busybox networking/wget.c and libbb/xconnect.c. */
const GNU =
  /^Connecting to (\[[^\]]+\]|[^\s|]+?)(?: \([^)]*\))?(?:\|([\da-fA-F:.%]+)\|)?:(\d+)\.\.\. ?(?:(connected)\.|failed: (.+?)\.?)?$/;
const BUSYBOX = /^Connecting to (\S+) \((?:\[?([\da-fA-F:.]+?)\]?):(\d+)\)$/;
const RESOLVING_FAILED = /^Resolving (\S+)(?: \(\S+\))?\.\.\. failed: (.+?)\.?$/;
const RESPONSE =
  /^(?:HTTP request sent, awaiting response\.\.\. |Proxy request sent, awaiting response\.\.\. | {2}HTTP\/[\d.]+ )(\d{3})?(.*)$/;
const BROKEN =
  /Read error \((.+)\) in headers|^No data received|^(?:Unable to establish SSL connection|OpenSSL: error|GnuTLS: )|^ERROR: (?:The certificate|cannot verify)/;
const OWN =
  /^wget: (can't connect to remote host(?: \(([^)]+)\))?: (.+)|bad address '([^']+)'|unable to resolve host address .(.+).|download timed out|error getting response.*|connection closed.*|TLS error.*|note: TLS.*|server returned error: HTTP\/[\d.]+ (\d{3}).*|unable to connect.*)$/;
const CHATTER =
  /^(?:--\d{4}-\d\d-\d\d |--\d\d:\d\d:\d\d--|Resolving |Length: |Saving to: |Giving up\.|Retrying\.|Spider mode|Remote file |but recursion|Location: |Reusing existing |Loading |HTTP request sent|Cookie |Warning: |\d{4}-\d\d-\d\d [\d:]+ (?:\(|ERROR)|saving to |written to stdout|writing to stdout|remote file exists|Proxy |To connect to |Self-signed|Unable to locally|Issued certificate|No URLs|.* {2,}\d+%|The certificate|WARNING: )|^\s+(?:\d+[KMG]? |=>|[A-Z][\w-]*: |\[ *<=>)|\d+% ?[[|*=]/;

interface Reading {
  readonly text: Text;
  readonly out: Sink<TcpAttemptFact>;
  readonly url: { host: string; port?: number } | undefined;
  attempt: Attempt | undefined;
  some: boolean;
}

function close(r: Reading): void {
  const { attempt } = r;
  r.attempt = undefined;
  const fact = attempt && attemptFact(attempt);
  if (fact) {
    r.some = true;
    r.out.fact(attempt.line, fact);
  } else if (attempt) {
    r.out.part(attempt.line);
    r.out.incomplete('truncated', 'the output ends before the connection does');
  }
}

function begin(r: Reading, i: number, host: string | undefined, port?: string | number): Attempt {
  close(r);
  r.attempt = newAttempt(i);
  if (host !== undefined) setTarget(r.attempt, host, port);
  return r.attempt;
}

function connecting(r: Reading, line: string, i: number): boolean {
  const gnu = GNU.exec(line);
  const busybox = gnu ? null : BUSYBOX.exec(line);
  if (!gnu && !busybox) return false;
  const m = gnu ?? busybox;
  const name = (m?.[1] ?? '').replace(/^(.*):\d+$/, '$1');
  const attempt = begin(r, i, busybox && canonicalAddress(m?.[1] ?? '') === undefined ? name : (m?.[1] ?? ''), m?.[3]);
  const address = canonicalAddress(m?.[2] ?? '');
  if (address !== undefined) attempt.address = address;
  if (gnu?.[4] !== undefined) attempt.outcome = 'connected';
  else if (gnu?.[5] !== undefined) {
    attempt.outcome = outcomeOf(gnu[5]);
    attempt.what = gnu[5];
  }
  return true;
}

function broke(r: Reading, what: string, i: number): void {
  const attempt = r.attempt ?? begin(r, i, r.url?.host, r.url?.port);
  const outcome = outcomeOf(what);
  attempt.outcome = outcome === 'timeout' && attempt.outcome === 'connected' ? 'stalled' : outcome;
  attempt.what = what;
}

/** busybox' message and GNU's last word. */
function own(r: Reading, line: string, i: number): boolean {
  const m = OWN.exec(line);
  if (!m) return false;
  const status = m[6];
  const unresolved = m[4] ?? m[5];
  if (unresolved !== undefined && r.attempt === undefined && r.some) return true;
  if (status !== undefined) {
    const attempt = r.attempt ?? begin(r, i, r.url?.host, r.url?.port);
    attempt.outcome = 'connected';
    attempt.httpStatus = Number(status);
    return true;
  }
  if (unresolved !== undefined && r.attempt === undefined) begin(r, i, unresolved, r.url?.port);
  const attempt = r.attempt ?? begin(r, i, r.url?.host ?? m[2], r.url?.port);
  if (m[2] !== undefined) setTarget(attempt, m[2]);
  broke(r, m[1] ?? line, i);
  return true;
}

function read(r: Reading, line: string, i: number): boolean {
  if (connecting(r, line, i)) return true;
  const unresolved = RESOLVING_FAILED.exec(line);
  if (unresolved) {
    begin(r, i, unresolved[1], r.url?.port);
    broke(r, `name resolution: ${unresolved[2]}`, i);
    close(r);
    return true;
  }
  const broken = BROKEN.exec(line);
  if (broken && r.attempt) {
    broke(r, broken[0], i);
    return true;
  }
  const response = RESPONSE.exec(line);
  if (response && r.attempt) {
    if (response[1] !== undefined) r.attempt.httpStatus = Number(response[1]);
    return true;
  }
  return own(r, line, i);
}

export const wget = defineParser<TcpAttemptFact>({
  command: 'wget',
  emits: ['tcp-attempt'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      (argv[0] === 'wget' || (argv[0] === 'busybox' && argv[1] === 'wget')) && argv.length > 1 ? {} : undefined,
    file: /^wget/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 1000).trimEnd());
      if (lines.some((l) => GNU.test(l) || RESOLVING_FAILED.test(l))) return 3;
      return lines.some((l) => BUSYBOX.test(l) || OWN.test(l)) ? 3 : 0;
    },
  },
  parse(text, out, context) {
    const words = context.argv[0] === 'busybox' ? context.argv.slice(1) : context.argv;
    const word = words.findLast(
      (w, k) => k > 0 && !w.startsWith('-') && !w.includes('$') && !/^-[OTtUoaPY]$/.test(words[k - 1] ?? ''),
    );
    const r: Reading = {
      text,
      out,
      url: word === undefined ? undefined : urlTarget(word),
      attempt: undefined,
      some: false,
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 4000).trimEnd();
      if (line.trim() === '') continue;
      if (read(r, line, i)) {
        out.part(i);
        continue;
      }
      const failed = !r.attempt && !r.some && !CHATTER.test(line) ? failureIn(line) : undefined;
      if (failed) {
        out.failed(i, failed, line.slice(0, 200));
        continue;
      }
      // busybox says nothing of success but goes on; -q says nothing at all: what stands here is the answer.
      const chatter = CHATTER.test(line);
      if (!r.attempt && !r.some && !chatter && r.url) begin(r, i, r.url.host, r.url.port);
      if (r.attempt && !chatter) r.attempt.outcome ??= 'connected';
      if (r.attempt && /^(?:saving|writing|written) to |^remote file exists|\d+% ?\|/.test(line))
        r.attempt.outcome ??= 'connected';
      if (r.attempt || r.some || chatter) out.noise(i);
      else out.gap(i, 'an answer, and no word of whom it is from');
    }
    close(r);
  },
});
