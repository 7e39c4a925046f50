import type { NodeFact, PodFact, ServiceFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { canonicalObject } from './kubernetes/canonical.js';
import { factOfFields } from './kubernetes/paths.js';
import { parseTemplate, readByTemplate } from './kubernetes/template.js';
import { isKubectlChatter, kubectlClaim, kubectlCommand, kubectlFailure, settleFailures } from './text/kubectl.js';

/*
 * $ kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name}{"\t"}{.spec.podCIDR}{"\n"}{end}'
 * node-1	10.244.0.0/24
 * node-2	10.244.1.0/24
 *
 * Only the command line says what the words are.
 */
type TemplateFact = NodeFact | PodFact | ServiceFact;

const KINDS: Readonly<Record<string, TemplateFact['kind']>> = { nodes: 'node', pods: 'pod', services: 'service' };

/** `kubectl get -o jsonpath=…` and `-o go-template=…`. */
export const kubectlTemplate = defineParser<TemplateFact>({
  command: 'kubectl-template',
  emits: ['node', 'pod', 'service'],
  scope: 'cluster',
  claims: {
    command(argv) {
      const command = kubectlCommand(argv);
      return command?.verb === 'get' && /^(?:jsonpath|go-template|template)/.test(command.output)
        ? kubectlClaim(command)
        : undefined;
    },
    sniff: () => 0,
  },
  parse(text, out, context) {
    const command = kubectlCommand(context.argv);
    const template = parseTemplate(command?.output ?? '');
    const [type = ''] = command?.resources ?? [];
    const failures: { line: number; text: string }[] = [];
    let saw = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (line.trim() === '' || isKubectlChatter(line)) {
        out.noise(i);
        continue;
      }
      if (kubectlFailure(line)) {
        failures.push({ line: i, text: line });
        continue;
      }
      saw = true;
      const fields = new Map(template && readByTemplate(line, template.pieces));
      if (template && !template.repeats && command?.names.length === 1) fields.set('name', command.names[0] ?? '');
      if (!fields.has('namespace') && command) fields.set('namespace', command.namespace);
      const tells = template?.pieces.some((piece) => 'field' in piece && piece.field !== undefined) ?? false;
      const reading = tells ? factOfFields(type, fields) : undefined;
      if (!template) out.gap(i, 'what the words are is not told by a template that we understand');
      else if (reading && 'gap' in reading) out.gap(i, reading.gap);
      else {
        out.noise(i);
        for (const fact of reading?.facts ?? []) out.fact(i, canonicalObject(fact as Draft<TemplateFact>));
      }
    }
    const kind = KINDS[type];
    settleFailures(out, failures, saw);
    out.only(kind ? [kind] : []);
  },
});
