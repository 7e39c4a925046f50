import type { SocketUsageFact } from '../../facts/index.js';
import type { Sink } from '../../kit/index.js';

/*
 * Total: 222 (kernel 270)
 * TCP:   14 (estab 2, closed 0, orphaned 0, synrecv 0, timewait 0/0), ports 0
 *
 * Transport Total     IP        IPv6
 * UDP       12        8         4
 *
 * iproute2 misc/ss.c print_summary. Since 5.0 without what /proc/slabinfo told (`kernel`, `synrecv`, `ports`, the row `*`).
 */
const TOTAL = /^Total: (\d{1,9})(?: \(kernel \d+\))?$/;
const TCP = /^TCP: +(\d{1,9}) \(([a-z]+ \d+(?:\/\d+)?(?:, [a-z]+ \d+(?:\/\d+)?)*)\)(?:, ports \d+)?$/;
const ROW = /^(\*|RAW|UDP|TCP|INET|FRAG)\s+(-|\d{1,9})\s+(-|\d{1,9})\s+(-|\d{1,9})$/;
/** The kernel's words in /proc/net/sockstat. */
const WORDS: Readonly<Record<string, string>> = { orphaned: 'orphan', timewait: 'tw' };

/** A line of `ss -s`. */
export function takeSummary(i: number, line: string, out: Sink<SocketUsageFact>): boolean {
  const all = TOTAL.exec(line);
  if (all) {
    out.fact(i, { kind: 'socket-usage', protocol: 'sockets', counts: { used: Number(all[1]) } });
    return true;
  }
  const tcp = line.length < 300 ? TCP.exec(line) : null;
  if (tcp) {
    const counts: Record<string, number> = { total: Number(tcp[1]) };
    for (const part of (tcp[2] ?? '').split(', ')) {
      const [word = '', n = ''] = part.split(' ');
      counts[WORDS[word] ?? word] = Number(n.split('/')[0]);
    }
    out.fact(i, { kind: 'socket-usage', protocol: 'TCP', counts });
    return true;
  }
  if (/^Transport +Total +IP +IPv6$/.test(line)) {
    out.noise(i);
    return true;
  }
  const row = ROW.exec(line);
  if (!row) return false;
  const [, protocol = '', , v4 = '', v6 = ''] = row;
  if (protocol === '*') out.noise(i);
  else {
    out.fact(i, { kind: 'socket-usage', protocol, family: 4, counts: { inuse: Number(v4) } });
    out.fact(i, { kind: 'socket-usage', protocol, family: 6, counts: { inuse: Number(v6) } });
  }
  return true;
}
