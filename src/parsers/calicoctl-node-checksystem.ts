import type { KernelReleaseFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * Checking kernel version...
 * 		5.4.0-104-generic   					OK
 * Checking kernel modules...
 * WARNING: Unable to detect the xt_icmp module as Loaded/Builtin module or lsmod
 * 		xt_icmp             					FAIL
 *
 * calicoctl/commands/node/checksystem.go. That a module is not found means nothing on newer kernels, where it is built in or goes by another
 * name (projectcalico/calico #4288), and that it is found not that it is loaded: of the verdicts none is a fact.
 */
const TITLE = /^\s*Checking (?:kernel (?:version|modules)|for \S.*)\.\.\.\s*$/;
const ROW = /^\s*(\S+)\s+(OK|FAIL|SKIP)\s*$/;
const REMARK = /^\s*(?:WARNING: |System (?:meets|doesn't meet) |.*minimum (?:kernel version|systems? requirements))/;
const RELEASE = /^\d{1,3}\.\d{1,3}[\w.+~-]{0,100}$/;

/** `calicoctl node checksystem`: the kernel's release, and which modules it finds. */
export const calicoctlNodeChecksystem = defineParser<KernelReleaseFact>({
  command: 'calicoctl-node-checksystem',
  emits: ['kernel-release'],
  scope: 'stack',
  claims: {
    command(argv) {
      const words = argv.slice(1).filter((word) => !word.startsWith('-'));
      const asks = words[words[0] === 'node' ? 1 : 0] === 'checksystem';
      return asks && /^(?:calicoctl|kubectl-calico|calico)$/.test(argv[0] ?? '') ? {} : undefined;
    },
    file: /(?:^|-)calicoctl-(?:node-)?checksystem$/,
    sniff: (head) => (head.some((line) => /^\s*Checking kernel (?:version|modules)\.\.\.\s*$/.test(line)) ? 3 : 0),
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    let release = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 500);
      const [, name = ''] = ROW.exec(line) ?? [];
      if (TITLE.test(line)) {
        release = /kernel version/.test(line);
        out.noise(i);
      } else if (name !== '' && release && RELEASE.test(name)) out.fact(i, { kind: 'kernel-release', release: name });
      else if (name !== '' || line.trim() === '' || REMARK.test(line)) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a line of calicoctl node checksystem');
      some ||= TITLE.test(line) || name !== '';
    }
    failures.close(some);
  },
});
