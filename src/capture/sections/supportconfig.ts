import type { Text } from '../../kit/index.js';
import type { Section, Sectioning } from './section.js';

/*
 * #==[ Command ]======================================#
 * # /sbin/ip addr
 * 1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 …
 */
const HEADER =
  /^#==\[ (Command|Configuration File|Log File|Note|Summary|Entry|System|Warning|Verification|Section Header|[A-Z][\w ]{2,30}) \]=+#$/;
const TITLE = /^# (.{1,4000})$/;
/** `# /var/log/messages - Last 500 Lines`, `# /etc/foo - File not found` */
const FILE = /^(\/\S+)(?: - (.*))?$/;

/** SUSE's supportconfig (openSUSE/supportutils bin/supportconfig): the line behind a header, and only that one, names the command with its resolved path. */
export const supportconfig: Sectioning = {
  name: 'supportconfig',
  detect: (head) => head.some((line) => HEADER.test(line)),
  split(text: Text) {
    const sections: Section[] = [];
    let open: Section | undefined;
    for (let i = 0; i < text.count; i++) {
      const kind = HEADER.exec(text.line(i))?.[1];
      if (kind === undefined) continue;
      if (open) sections.push({ ...open, to: i });
      open = undefined;
      const title = TITLE.exec(text.line(i + 1))?.[1]?.trim();
      if (title === undefined) continue;
      const file = FILE.exec(title);
      const what = kind === 'Command' ? { commandLine: title } : file?.[1] ? { fileName: file[1] } : undefined;
      if (what) open = { ...what, at: i + 1, from: i + 2, to: text.count };
    }
    return open ? [...sections, open] : sections;
  },
};
