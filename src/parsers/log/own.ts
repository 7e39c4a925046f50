/**
 * Heads that programs write by themselves, where no journald or syslog stands before them: logrus and other logfmt, Go's
 * standard logger, zap, capnslog, seelog, Python, CoreDNS, BIRD, Open vSwitch, anaconda.
 */
export type OwnHead = 'none' | 'weak' | 'strong';

const LEVEL =
  'trace|debug|info|notice|warn|warning|error|err|crit|critical|fatal|panic|TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|CRIT|CRITICAL|FATAL|PANIC|DPANIC|Debug|Info|Warning|Error|SEVERE|RMT|AUTH|BUG|DBG';
const DATE =
  '\\d{4}[-/]\\d\\d[-/]\\d\\d[ T]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?(?:Z|[+-]\\d\\d:?\\d\\d| UTC| [+-]\\d{4}(?: UTC)?)?';

/** `2021-03-04 10:20:30.123 [INFO][9] x.go 7: …`, `… I | etcdmain: …`, `… <RMT> peer: …`, zap's tabs, `…Z|00012|bridge|INFO|…`. */
const DATED = new RegExp(
  `^\\[?${DATE}\\]?(?:[ \\t]+(?:[[<(]?(?:${LEVEL})[\\])>:]?(?=[\\s[]|$)|[DTINWEC] \\| |\\{)|\\|\\d+\\||\\t)`,
);
const DATE_ONLY = new RegExp(`^\\[?${DATE}\\]?[ :]`);
/** Packets and connection events carry such a stamp too (`tcpdump -tttt`, `conntrack -E -o timestamp`, `ip -ts monitor`). */
const FOREIGN = /^\S+ \S+ (?:IP6? |ARP,|\[(?:NEW|UPDATE|DESTROY)\])/;
const LOGFMT =
  /^(?:time|ts|t|level)=(?:"[^"]{8,40}"|[^\s"]{3,40}) (?:\w{1,20}=[^\s"]{1,60} )?(?:level|lvl|msg|caller)=/;
const LEVEL_FIRST = new RegExp(`^(?:\\[(?:${LEVEL})\\] \\S|(?:${LEVEL}|DEBU|ERRO|FATA|PANI): \\d{4}/\\d\\d/\\d\\d )`);
/** logrus on a terminal: `INFO[2019-03-04T10:20:30.123Z] …`, `WARN[0012] …` of seconds. */
const TERMINAL =
  /^(?:TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[(?:\d{4}|\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d))\] \S/;
const BIRD = /^bird6?: \S/;
/** What CoreDNS's plugins end it with: `plugin/kubernetes: Get "https://10.96.0.1:443/version": dial tcp …`. */
const COREDNS = /^plugin\/[a-z_0-9]{2,20}: \S/;
/** anaconda's /tmp/syslog: `21:46:33,509 NOTICE kernel:Linux version …` */
const ANACONDA = new RegExp(`^\\d\\d:\\d\\d:\\d\\d,\\d{3} (?:${LEVEL}) [\\w.-]+:`);

/** What the first letters of a line (a hundred are enough) say of its writer. */
export function ownHead(line: string): OwnHead {
  const first = line.charCodeAt(0);
  if (first === 91 || (first >= 48 && first <= 57)) {
    if (DATED.test(line) || ANACONDA.test(line) || (first === 91 && LEVEL_FIRST.test(line))) return 'strong';
    return DATE_ONLY.test(line) && !FOREIGN.test(line) ? 'weak' : 'none';
  }
  if (first === 98) return BIRD.test(line) ? 'strong' : 'none';
  if (first === 112) return COREDNS.test(line) ? 'strong' : 'none';
  if (first === 116 || first === 108) return LOGFMT.test(line) ? 'strong' : 'none';
  return LEVEL_FIRST.test(line) || TERMINAL.test(line) ? 'strong' : 'none';
}

/** May a line that begins with this byte have such a head? */
export const mayBeOwn = (c: number): boolean =>
  c === 91 || (c >= 48 && c <= 57) || c === 98 || c === 112 || c === 116 || c === 108 || (c >= 65 && c <= 90);
