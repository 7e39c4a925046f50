import type { KubernetesVersionFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { isKubectlChatter, kubectlCommand, kubectlFailure, settleFailures } from './text/kubectl.js';

/*
 * Client Version: v1.29.1
 * Kustomize Version: v5.0.4
 * Server Version: version.Info{Major:"1", Minor:"19", GitVersion:"v1.19.3", …}
 *
 * All forms of `kubectl version`: short, Go's struct of 1.27 and before, `-o yaml` and `-o json`.
 */
const TEXT = /^(Client|Server) [Vv]ersion:? (?:.*?GitVersion:"(v[^"]+)"|(v\d\S*))/;
const TITLE = /^\s*"?(client|server)Version"?:/;
const GIT = /^\s*"?gitVersion"?: "?(v[^",\s]+)/;

/** Versions of kubectl and of the API server. */
export const kubectlVersion = defineParser<KubernetesVersionFact>({
  command: 'kubectl-version',
  emits: ['kubernetes-version'],
  scope: 'cluster',
  claims: {
    command: (argv) => {
      const command = kubectlCommand(argv);
      return command?.program === 'kubectl' && command.verb === 'version' ? {} : undefined;
    },
    file: /(?:^|-)(?:kubectl|k8s|kube|kubernetes)-version(?:-(?:json|ya?ml))?$/,
    sniff(head) {
      const lines = head.slice(0, 60);
      if (lines.some((line) => /^(?:Client|Server) [Vv]ersion:? version\.Info\{/.test(line))) return 3;
      if (lines.some((line) => TITLE.test(line)) && lines.some((line) => GIT.test(line))) return 3;
      return lines.some((line) => /^(?:Client|Server) Version: v\d/.test(line)) ? 2 : 0;
    },
  },
  parse(text, out) {
    const failures: { line: number; text: string }[] = [];
    let what: 'client' | 'server' | undefined;
    let saw = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 4000);
      const [, side = '', struct, plain] = TEXT.exec(line) ?? [];
      const version = struct ?? plain;
      const title = TITLE.exec(line)?.[1];
      const git = GIT.exec(line)?.[1];
      if (version !== undefined) {
        saw = true;
        out.fact(i, { kind: 'kubernetes-version', what: side === 'Server' ? 'server' : 'client', version });
      } else if (title !== undefined) {
        what = title === 'server' ? 'server' : 'client';
        out.part(i);
      } else if (git !== undefined && what !== undefined) {
        saw = true;
        out.fact(i, { kind: 'kubernetes-version', what, version: git });
        what = undefined;
      } else if (line.trim() === '' || isKubectlChatter(line) || /^(?:Kustomize|oc|openshift|WARNING)\b/i.test(line))
        out.noise(i);
      else if (kubectlFailure(line)) failures.push({ line: i, text: line });
      else if (/^\s*(?:[{}]+,?|"?\w+"?: .*|"?\w+"?:)$/.test(line) || /^(?:Client|Server|features)/i.test(line))
        out.noise(i);
      else out.gap(i, 'not a line of kubectl version');
    }
    settleFailures(out, failures, saw);
  },
});
