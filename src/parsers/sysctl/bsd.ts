import type { Setting } from './setting.js';

/*
 * kern.ostype: FreeBSD
 * net.inet.ip.forwarding: 0
 *
 * The BSDs and macOS. No Kubernetes node runs them, but people send what they have; `net.` keys are facts like Linux's, under their names.
 */
const LINE =
  /^((?:audit|compat|debug|dev|hw|kern|kstat|ktrace|machdep|net|p1003_1b|security|sysctl|user|vfs|vm)(?:\.[\w%:+-]+)+): ?(.*)$/;

/** A line in the BSDs' form. */
export function bsdSettingOf(line: string): Setting | undefined {
  const m = line.length < 2000 ? LINE.exec(line) : null;
  return m ? { key: m[1] ?? '', value: (m[2] ?? '').trim() } : undefined;
}

/** Keys that Linux has not. */
export const isBsd = (key: string): boolean =>
  /^(?:audit|compat|hw|kern|kstat|machdep|p1003_1b|security|vfs)\.|^net\.(?:inet6?|link|local|route|isr|bpf|pf|graph|raw|wlan|accf|classq|cfil|mpklog|necp|qtn|restricted_port|soflow|stats|statistics|systm|utun|smb|api_stats|alf|pktsched|fibs|add_addr_allfibs|my_fibnum|key)\b/.test(
    key,
  );
