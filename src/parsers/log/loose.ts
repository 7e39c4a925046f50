import type { Scan } from './scan.js';

/** What a program that dies prints, and what it quotes of iptables-restore's input or of a document. */
const TRACE =
  /^(?:goroutine \d+ \[|panic: |fatal error: |runtime: |created by |exit status \d|\[signal |[\w./*()-]+\(.*\)$|\s|[\])}]|-[AIDNP] |:\S+ \S+ \[|\*(?:nat|filter|mangle|raw|security)$|COMMIT$|r\d+ +0x|r[a-ds][xip] +0x|#\d+ )/;

/**
 * Lines without a head behind a message that may have more than one line: they belong to it when a log line follows, or when
 * they look like a program's dying words. Else nobody knows what they are.
 */
export function settleLoose(scan: Scan, followed: boolean): void {
  const { out, text, pending } = scan;
  for (const line of pending) {
    const belongs = scan.inside && scan.open && (followed || TRACE.test(text.line(line).slice(0, 300)));
    if (!belongs) {
      out.gap(line, 'not a log line');
      if (!followed) scan.inside = false;
    } else if (scan.told) out.part(line);
    else out.noise(line);
  }
  pending.length = 0;
}
