/**
 * nc -v of OpenBSD, of Hobbit (`netcat-traditional`), of nmap (`ncat`), of busybox and macOS; one fact per port that was tried.
 *
 *     Connection to 10.71.2.2 8080 port [tcp/http-alt] succeeded!
 *     nc: connect to 10.71.2.2 port 8079 (tcp) failed: Connection refused
 *     (UNKNOWN) [10.71.2.2] 9001 (?) : No route to host
 */
import type { TcpAttemptFact } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { type Attempt, attemptFact, newAttempt, outcomeOf, setTarget } from './tcp/attempt.js';
import { collectFailures } from './text/failure.js';

const OPENBSD_OK = /^Connection to (\S+)(?: \(([^)]+)\))? (?:port )?(\d+)(?: port)? \[(tcp|udp)\/[^\]]*\] succeeded!$/;
const OPENBSD = /^(?:[\w./-]+): connect to (\S+)(?: \(([^)]+)\))? port (\d+) \((tcp|udp)\) (?:failed|timed out): (.+)$/;
const OPENBSD_NAME = /^(?:[\w./-]+): getaddrinfo(?: for host "([^"]+)" port (\d+))?: (.+)$/;
const TRADITIONAL = /^(\S+) \[([\da-fA-F.:]+)\] (\d+)(?: \(([^)]*)\))? ?(open|: .+)$/;
const TRADITIONAL_NAME = /^(\S+): forward host lookup failed: (.+)$/;
const BUSYBOX = /^(?:nc: )?(\S+) \(\[?([\da-fA-F.:]+?)\]?:(\d+)\)(?: (open)|: (.+))$/;
const BUSYBOX_FAILED =
  /^nc: (?:can't connect to remote host(?: \(([^)]+)\))?: (.+)|(timed out)|bad address '([^']+)')$/;
const NCAT_OK = /^Ncat: (?:Connected to|SSL connection to) (\S+?):(\d+)\.(?: .*)?$/;
const NCAT_NAME = /^Ncat: Could not resolve hostname "([^"]+)": (.+?)\.? QUITTING\.$/;
const NCAT =
  /^Ncat: (?:Connection to (\S+) failed: )?(Connection refused|Connection timed out|TIMEOUT|No route to host|Network is unreachable|Operation timed out|Connection reset by peer|Operation not permitted|Permission denied|Input\/output error|Host is unreachable|Cannot assign requested address)\b.*$/;
const REST =
  /^(?:Ncat: (?:Version|\d+ bytes sent|Trying next|Subject|Issuer|SHA|Certificate|Idle|Generating)|\S+: inverse host lookup failed|found \d+ (?:associations|connections)|\d+: flags=|outif |src \S+ port|dst \S+ port|rank info|TCP aux info|sent \d+, rcvd \d+|DNS fwd\/rev mismatch|Warning: |punt!|\^C)|^\s+(?:outif|src|dst|rank|TCP)\b/;

interface Asked {
  readonly host?: string;
  readonly port?: number;
  readonly udp: boolean;
}

const VALUED = /^-[a-zA-Z46]*[wpsiXxqIOTGeEcgP]$/;

function asked(argv: readonly string[]): Asked {
  const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
  const plain: string[] = [];
  let udp = false;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (/^-[a-zA-Z46]*u/.test(word) || word === '--udp') udp = true;
    if (VALUED.test(word)) i++;
    else if (!word.startsWith('-') && !word.includes('$')) plain.push(word);
  }
  const [host, port] = plain;
  return {
    ...(host !== undefined && { host }),
    ...(port !== undefined && /^\d{1,5}$/.test(port) && { port: Number(port) }),
    udp,
  };
}

function made(
  line: number,
  host: string | undefined,
  port: string | number | undefined,
  udp: boolean,
  message?: string,
): Attempt {
  const attempt = newAttempt(line);
  if (host !== undefined) setTarget(attempt, host, port);
  if (udp) attempt.protocol = 'udp';
  if (message === undefined) attempt.outcome = 'connected';
  else {
    attempt.outcome = outcomeOf(message);
    attempt.what = message;
  }
  return attempt;
}

const withAddress = (attempt: Attempt, text: string | undefined): Attempt => {
  const address = canonicalAddress(text ?? '');
  if (address !== undefined) attempt.address = address;
  return attempt;
};

/** The attempt that a line tells of. */
function attemptOf(line: string, i: number, a: Asked): Attempt | undefined {
  let m = OPENBSD_OK.exec(line);
  if (m) return withAddress(made(i, m[1], m[3], m[4] === 'udp'), m[2]);
  m = OPENBSD.exec(line);
  // OpenBSD's own timeout says `timed out: Operation now in progress`.
  if (m)
    return withAddress(
      made(i, m[1], m[3], m[4] === 'udp', line.includes(') timed out: ') ? 'timed out' : (m[5] ?? '')),
      m[2],
    );
  m = OPENBSD_NAME.exec(line);
  if (m) return made(i, m[1] ?? a.host, m[2] ?? a.port, a.udp, `getaddrinfo: ${m[3]}`);
  m = TRADITIONAL.exec(line);
  if (m) {
    const host = m[1] === '(UNKNOWN)' ? m[2] : m[1];
    return withAddress(made(i, host, m[3], a.udp, m[5] === 'open' ? undefined : m[5]?.slice(2)), m[2]);
  }
  m = TRADITIONAL_NAME.exec(line);
  if (m) return made(i, m[1], a.port, a.udp, `forward host lookup failed: ${m[2]}`);
  m = BUSYBOX.exec(line);
  if (m) return withAddress(made(i, m[1], m[3], a.udp, m[4] === undefined ? (m[5] ?? '') : undefined), m[2]);
  m = BUSYBOX_FAILED.exec(line);
  if (m) return withAddress(made(i, m[4] ?? a.host ?? m[1], a.port, a.udp, line.slice(4)), m[1]);
  m = NCAT_NAME.exec(line);
  if (m) return made(i, m[1], a.port, a.udp, `could not resolve: ${m[2]}`);
  m = NCAT_OK.exec(line);
  if (m) return withAddress(made(i, a.host ?? m[1], m[2], a.udp), m[1]);
  m = NCAT.exec(line);
  return m ? withAddress(made(i, a.host ?? m[1], a.port, a.udp, m[2] ?? ''), m[1]) : undefined;
}

const SURE = [OPENBSD_OK, OPENBSD, NCAT_OK, NCAT, NCAT_NAME];
const TYPICAL = [TRADITIONAL, BUSYBOX];

export const nc = defineParser<TcpAttemptFact>({
  command: 'nc',
  emits: ['tcp-attempt'],
  scope: 'stack',
  claims: {
    command(argv) {
      const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
      if (!/^(?:nc|ncat|netcat|nc\.openbsd|nc\.traditional)$/.test(words[0] ?? '')) return undefined;
      // A listener prints what others send.
      return words.some((w) => /^-[a-zA-Z46]*l/.test(w) || w === '--listen') ? undefined : {};
    },
    file: /^(?:nc|ncat|netcat)-/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 500).trim()).filter((l) => l !== '');
      if (lines.some((l) => SURE.some((re) => re.test(l)))) return 3;
      const typical = lines.filter((l) => TYPICAL.some((re) => re.test(l))).length;
      return typical > 0 && typical * 2 >= lines.length ? 2 : 0;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const a = asked(context.argv);
    let last: Attempt | undefined;
    let some = false;
    const close = (): void => {
      const fact = last && attemptFact(last);
      if (last && fact) out.fact(last.line, fact);
      else if (last) out.gap(last.line, 'whom it is about stands on the command line alone');
      last = undefined;
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 1000).trim();
      if (line === '') continue;
      const attempt = attemptOf(line, i, a);
      if (attempt) {
        // ncat's UDP: connected, and then the ICMP error comes.
        if (last?.outcome === 'connected' && NCAT.test(line)) {
          if (attempt.outcome !== undefined) last.outcome = attempt.outcome;
          if (attempt.what !== undefined) last.what = attempt.what;
          out.part(i);
          continue;
        }
        close();
        last = attempt;
        some = true;
      } else if (REST.test(line)) out.noise(i);
      else if (!failures.take(i, line)) {
        // What the peer says is its own affair.
        if (last?.outcome === 'connected') out.noise(i);
        else out.gap(i, 'not a line of nc');
      }
    }
    close();
    failures.close(some);
  },
});
