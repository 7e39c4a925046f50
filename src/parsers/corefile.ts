import type { CorefileFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { readCorefile } from './kubernetes/corefile.js';
import { collectFailures } from './text/failure.js';
import { onlyPath, pathsRead } from './text/reader.js';

/*
 * .:53 {
 *     errors
 *     kubernetes cluster.local in-addr.arpa ip6.arpa {
 *         pods insecure
 *     }
 *     forward . /etc/resolv.conf
 *     cache 30
 * }
 */
const OPENING = /^\(\w+\)\s*\{\s*$|^\s*(?:dns:\/\/|tls:\/\/)?[\w.*{}$:-]+(?:[ ,]+[\w.*:-]+)*\s*\{\s*$/;
const PLUGIN =
  /^\s+(?:forward|proxy|kubernetes|cache|loop|loadbalance|errors|health|ready|prometheus|reload|bind|hosts|rewrite|template|autopath|log|file|etcd)\b/;

/** A CoreDNS Corefile on its own (that of a ConfigMap is read with it). */
export const corefile = defineParser<CorefileFact>({
  command: 'corefile',
  emits: ['corefile'],
  scope: 'cluster',
  claims: {
    command: (argv) => (pathsRead(argv).some((path) => /(?:^|\/)Corefile(?:\.\w+)?$/.test(path)) ? {} : undefined),
    file: /(?:^|-)corefile(?:-|$)/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
      const first = lines[0] ?? '';
      const plugins = lines.filter((line) => line.length < 500 && PLUGIN.test(line)).length;
      if (first.length > 500 || !OPENING.test(first) || plugins < 2) return 0;
      return lines.some((line) => /^\s+(?:forward|proxy|kubernetes)\s/.test(line)) ? 3 : 1;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const lines = Array.from({ length: text.count }, (_, i) => text.line(i));
    const blocks = readCorefile(lines, onlyPath(context.argv));
    for (const { line, fact } of blocks) out.fact(line, fact);
    for (const [i, line] of lines.entries()) {
      if (line.trim() === '' || line.trim().startsWith('#')) out.noise(i);
      else if (failures.take(i, line)) continue;
      // Snippets stand before the blocks that import them.
      else if (blocks.length > 0 && (i >= (blocks[0]?.line ?? 0) || /^(?:\s|\(\w+\)|\})/.test(line))) out.part(i);
      else out.gap(i, 'not part of a server block');
    }
    failures.close(blocks.length > 0);
  },
});
