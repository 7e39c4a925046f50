import type { Sink } from '../../kit/index.js';

/*
 * What stands in a file in place of output, or in the middle of it when the collector merged stderr: messages of shells, of kubectl and
 * the container runtimes, of iproute2 (lib/libnetlink.c, lib/utils.c) and busybox.
 */
const MESSAGES: readonly string[] = [
  'command not found',
  ': not found',
  'No such file or directory',
  'executable file not found',
  'command terminated with exit code',
  'RTNETLINK answers:',
  'Cannot open network namespace',
  'Cannot find device',
  'Cannot open netlink socket',
  'Cannot send dump request',
  'Cannot talk to rtnetlink',
  'Dump terminated',
  'bad command line argument(s)',
  'For more information run ethtool',
  'error fetching interface information',
  'Failed to connect to bus',
  'Failed to connect system bus',
  'No such device',
  'is unknown, try "',
  'OCI runtime exec failed',
  'failed to collect info:',
  'did not complete within the timeout',
  'Command not found or not executable',
  'invalid argument',
  'invalid option',
  'unrecognized option',
  'does not exist',
  'Connection refused',
  'Unable to connect to the server',
  'was refused - did you specify the right host',
  'Operation not supported',
  'Name or service not known',
  'Temporary failure in name resolution',
  'System has not been booted with systemd',
  '506 Cannot talk to daemon',
  'Failed to connect to bus',
  'Failed to get D-Bus connection',
  'Failed to list units',
  'Cannot connect to the Docker daemon',
  '(conntrack-tools): Operation failed',
  '(conntrack-tools): Illegal option',
  '(conntrack-tools): unknown',
  "(conntrack-tools): Can't open",
  'Try `conntrack -h',
  "The kernel doesn't support the ebtables",
  'or your kernel needs to be upgraded',
  'Make sure polkit agent is running',
  'Kernel error received:',
  'Cannot open session to kernel',
  "Can't initialize ipvs",
  'modprobe: FATAL: ',
  'modprobe: ERROR: ',
  "modprobe: can't ",
  'modprobe: module ',
  'Are you sure that IP Virtual Server is built in the kernel or as module?',
];
const DENIED: readonly string[] = [
  'Permission denied',
  'permission denied',
  'Operation not permitted',
  'you must be root',
  'must be run as root',
  'are you root',
  'need to be root',
  'Authorization failed.',
  'not in the sudoers file',
  'a password is required',
  'Unauthorized',
];
const STARTS: readonly string[] = [
  'error: ',
  'Error: ',
  'ERROR: ',
  'netlink error: ',
  'No data available',
  'Error from server',
  'Usage: ',
  'BusyBox v',
  'sudo: ',
  'FATA[',
  'ctr: ',
];

/** A message of a program or shell that failed; undefined for anything else. */
export function failureIn(line: string): 'command-failed' | 'permission-denied' | undefined {
  if (line.length > 1000) return undefined;
  if (DENIED.some((m) => line.includes(m))) return 'permission-denied';
  const text = line.trimStart();
  return STARTS.some((m) => text.startsWith(m)) || MESSAGES.some((m) => line.includes(m))
    ? 'command-failed'
    : undefined;
}

/** Failure messages of one capture: a failure when they are all there is, else a listing that broke off. */
export interface Failures {
  /** Takes the line when it is a failure message. */
  take(i: number, line: string): boolean;
  /** `some`: did the capture hold output beside the messages? */
  close(some: boolean): void;
}

export function collectFailures(out: Pick<Sink<never>, 'failed' | 'noise' | 'incomplete'>): Failures {
  const lines: { i: number; reason: 'command-failed' | 'permission-denied'; detail: string }[] = [];
  let usage = false;
  return {
    take(i, line) {
      // What follows a usage is the rest of it, whatever it looks like.
      usage ||= /^(?:BusyBox v\d|Usage: )/.test(line);
      const reason = failureIn(line) ?? (usage ? 'command-failed' : undefined);
      if (!reason) return false;
      lines.push({ i, reason, detail: line.trim().slice(0, 200) });
      return true;
    },
    close(some) {
      for (const { i, reason, detail } of lines) {
        if (some) {
          out.noise(i);
          out.incomplete('truncated', detail);
        } else out.failed(i, reason, detail);
      }
    },
  };
}
