import type { Section, Sectioning } from './section.js';

/*
 * -----------------run ip --details ad show--------------------
 * 1: lo: <LOOPBACK,UP,LOWER_UP> …
 * -----------------End of ip----------------------
 */
const HEADER = /^-+run (.{1,2000}?)-+$/;
const END = /^-+End of \S+?-+$/;

/** `diagnose_k8s.sh` and its copies: the end names the first word only, and what stands behind it is somebody else's output. */
export const run: Sectioning = {
  name: 'run',
  detect: (head) => head.some((line) => HEADER.test(line)),
  split(text) {
    const sections: Section[] = [];
    let open: Section | undefined;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      // Most lines are no header and need no expression to show it.
      if (line.charCodeAt(0) !== 45) continue;
      const command = HEADER.exec(line)?.[1];
      if (command === undefined && !END.test(line)) continue;
      if (open) sections.push({ ...open, to: i });
      open =
        command === undefined
          ? { at: i, from: i + 1, to: text.count }
          : { commandLine: command, at: i, from: i + 1, to: text.count };
    }
    return open ? [...sections, open] : sections;
  },
};
