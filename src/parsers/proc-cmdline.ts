import type { BootParametersFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { wordsOf } from './text/words.js';

/*
 * BOOT_IMAGE=/boot/vmlinuz-5.15.0-91-generic root=/dev/vda1 ro ipv6.disable=1 console=ttyS0
 */
const TELLING =
  /(?:^|\s)(?:BOOT_IMAGE=|root=(?:\/dev\/|UUID=|LABEL=|PARTUUID=)|initrd=|ro(?=\s|$)|quiet(?=\s|$)|console=tty)/g;
/** The kernel's own limit is 2048 on most machines, 4096 on some. */
const LONGEST = 8192;

/** `/proc/cmdline`. */
export const procCmdline = defineParser<BootParametersFact>({
  command: 'proc-cmdline',
  emits: ['boot-parameters'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, ['/proc/cmdline']),
    file: /^(?:proc-)?cmdline$|^kernel-cmdline$/,
    path: /(?:^|[/!])proc\/cmdline$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '');
      const [line = ''] = lines;
      if (lines.length !== 1 || line.length > LONGEST) return 0;
      const hits = line.match(TELLING)?.length ?? 0;
      return hits >= 2 && /(?:^|\s)(?:BOOT_IMAGE|root|initrd)=/.test(line) ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (line.trim() === '') continue;
      if (failures.take(i, line)) continue;
      if (some || line.length > LONGEST)
        out.gap(i, some ? 'a second command line of the kernel' : 'longer than a kernel takes');
      else {
        some = true;
        out.fact(i, { kind: 'boot-parameters', parameters: wordsOf(line) });
      }
    }
    failures.close(some);
  },
});
