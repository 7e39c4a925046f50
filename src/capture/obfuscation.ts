import type { Obfuscation } from '../kit/index.js';

/**
 * Tools that take the true addresses out of a bundle, by what they leave. `equality`: the same address is the same word everywhere, but which
 * prefix holds which address is lost; `nothing`: not even that.
 */
interface Tool {
  readonly by: string;
  readonly keeps: Obfuscation['keeps'];
  readonly line: RegExp;
  /** So many lines of the head must show it. */
  readonly lines: number;
}

const TOOLS: readonly Tool[] = [
  // openshift/must-gather-clean: consistent words, or one word for all.
  { by: 'must-gather-clean', keeps: 'equality', line: /\bx-(?:ipv4|ipv6|mac)-\d{10}-x\b/, lines: 1 },
  { by: 'must-gather-clean', keeps: 'nothing', line: /\bxxx\.xxx\.xxx\.xxx\b/, lines: 1 },
  // replicatedhq/troubleshoot before 0.49 hid every IPv4 address; later ones hide secrets alone, which no address stands beside.
  {
    by: 'troubleshoot',
    keeps: 'nothing',
    line: /(?:\b(?:inet6?|via|src|dev|lladdr|dst|-[sd]) |\/)\*{3}HIDDEN\*{3}|^\*{3}HIDDEN\*{3}(?:\/\d| )/,
    lines: 1,
  },
  // rancherlabs/support-tools: the first octet stays, dictionary words replace the others.
  {
    by: "Rancher's obfuscation",
    keeps: 'nothing',
    line: /(?:^|[\s(/])\d{1,3}(?:\.[a-z][a-z-]{2,20}){3}(?:[\s/:,)]|$)/,
    lines: 2,
  },
  // sosreport/sos cleaner: MACs of the letters S, O, S.
  { by: 'sos clean', keeps: 'equality', line: /\b53:4f:53:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}\b/, lines: 1 },
];

/** sos' replacement networks count up from 100.0.0.0 as whole first octets, and loopback stays what it is; addresses of no known network are 172.17.0.N. */
const SOS_ADDRESS = /\b(?!127\.)1(?:0\d|[1-6]\d|7[01])\.0\.0\.\d{1,3}\b/;
const PRIVATE = /\b(?:10\.\d|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.(?!0\.\d))/;

/** Which tool replaced the addresses in this text; `head` holds its first lines. */
export function obfuscationIn(head: readonly string[], path: string): Obfuscation | undefined {
  const short = head.filter((line) => line.length < 1000);
  for (const { by, keeps, line, lines } of TOOLS)
    if (short.filter((l) => line.test(l)).length >= lines) return { by, keeps };
  if (/(?:^|\/)sosreport-[^/]*-obfuscated[./-]/.test(path)) return { by: 'sos clean', keeps: 'equality' };
  if (/_scrubbed[./]/.test(path)) return { by: 'supportutils-scrub', keeps: 'equality' };
  const sos = short.filter((l) => SOS_ADDRESS.test(l)).length;
  return sos >= 3 && !short.some((l) => PRIVATE.test(l)) ? { by: 'sos clean', keeps: 'equality' } : undefined;
}
