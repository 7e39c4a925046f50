import type {
  ClusterCidrFact,
  EndpointsFact,
  FlannelConfigFact,
  FlannelLeaseFact,
  IpPoolFact,
  NodeFact,
  PodFact,
  ServiceFact,
} from '../facts/index.js';
import { type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { guessKind, isRead, readObject } from './kubernetes/index.js';
import { type ObjectText, splitObjects } from './text/documents.js';
import { readJson } from './text/json.js';
import { isKubectlChatter, kubectlClaim, kubectlCommand, kubectlFailure, settleFailures } from './text/kubectl.js';
import { loadYaml, readYaml } from './text/yaml.js';

/*
 * apiVersion: v1                     {
 * items:                                 "apiVersion": "v1",
 * - apiVersion: v1                       "kind": "List",
 *   kind: Node                           "items": [
 *
 * Objects of the API as YAML or JSON: one, a List, or several documents, as kubectl, cluster-info dump and the
 * manifests on disk have them. Each object is cut out and parsed alone, so that a broken one spoils no other.
 */
type KubernetesFact =
  | ClusterCidrFact
  | EndpointsFact
  | FlannelConfigFact
  | FlannelLeaseFact
  | IpPoolFact
  | NodeFact
  | PodFact
  | ServiceFact;

/** Objects of Kubernetes and Calico in YAML or JSON. */
export const kubectlObject = defineParser<KubernetesFact>({
  command: 'kubectl-object',
  emits: ['cluster-cidr', 'endpoints', 'flannel-config', 'flannel-lease', 'ip-pool', 'node', 'pod', 'service'],
  scope: 'cluster',
  claims: {
    command(argv) {
      const manifest = argv[0] === 'cat' && /\/manifests\/[^/]+\.ya?ml$/.test(argv[1] ?? '');
      if (manifest) return {};
      const command = kubectlCommand(argv);
      if (command?.verb === 'cluster-info' && command.resources[0] === 'dump') return {};
      const format = /^(?:yaml|json)$/.test(command?.output ?? '');
      return command?.verb === 'get' && format ? kubectlClaim(command) : undefined;
    },
    file: /(?:^|-)(?:nodes?|pods?|services?|svc|endpoints|endpointslices?|configmaps?|daemonsets?|ippools?|kube-(?:apiserver|controller-manager|proxy|flannel(?:-cfg)?)|kubeadm-config)-(?:json|ya?ml)$|get-o-(?:json|yaml)-/,
    sniff(head) {
      let version = 0;
      let kind = 0;
      for (const line of head) {
        if (/^\s*(?:- |\{ ?)?"?apiVersion"?: ?"?[\w./-]+/.test(line)) version++;
        if (/^\s*(?:- |\{ ?)?"?kind"?: ?"?[A-Z]\w+"?,?\s*$/.test(line)) kind++;
        if (/^\{"(?:apiVersion":"[\w./-]+","(?:items|kind|data)|kind":"[A-Z]\w+","apiVersion)"/.test(line)) return 3;
      }
      return version > 0 && kind > 0 ? 3 : version > 0 || kind > 1 ? 1 : 0;
    },
  },
  prepare: loadYaml,
  parse(text, out) {
    const failures: { line: number; text: string }[] = [];
    let sawObject = false;
    splitObjects(text, {
      noise: (line) => out.noise(line),
      gap: (line, reason) => out.gap(line, reason),
      cut: (detail) => out.incomplete('truncated', detail),
      object(object) {
        if (object.format === 'yaml' && isTalk(text.line(object.from))) {
          for (let i = object.from; i < object.to; i++) failures.push({ line: i, text: text.line(i) });
          return;
        }
        sawObject = true;
        if (object.elided)
          out.incomplete('truncated', `lines left out in the object at line ${text.firstLine + object.from}`);
        take(object, text, out);
      },
    });
    const telling = failures.filter((f) => kubectlFailure(f.text) !== undefined);
    for (const f of failures) if (isKubectlChatter(f.text)) out.noise(f.line);
    settleFailures(out, telling, sawObject);
  },
});

/** kubectl's own words instead of an object. */
const isTalk = (line: string): boolean => kubectlFailure(line) !== undefined || isKubectlChatter(line);

function take(object: ObjectText, text: Text, out: Sink<KubernetesFact>): void {
  const each = (mark: (line: number) => void): void => {
    for (let i = object.from; i < object.to; i++) mark(i);
  };
  // Many values may stand on one long line: it is not decoded again for each.
  const single = object.to - object.from === 1;
  const refuse = (reason: string): void =>
    each((line) => (!single && text.line(line).trim() === '' ? out.noise(line) : out.gap(line, reason)));
  if (object.kind !== undefined && !isRead(object.kind)) {
    each((line) => out.noise(line));
    return;
  }
  const reading = (object.format === 'json' ? readJson : readYaml)(object.source(), object.from);
  if ('error' in reading) {
    refuse(`${object.kind ?? 'no kind'}: ${reading.error}`);
    return;
  }
  const kind = object.kind ?? guessKind(reading.value);
  if (kind === undefined) {
    refuse('no kind: not an object of Kubernetes, or an excerpt of one');
    return;
  }
  const read = readObject(kind, {
    object: reading.value,
    elided: object.elided,
    // Every draft of a reader is of one of this parser's kinds; the readers are typed by the wider union.
    emit: (line, fact) => out.fact(line, fact as Draft<KubernetesFact>),
    gap: (line, reason) => out.gap(line, reason),
  });
  each((line) => (read ? out.part(line) : out.noise(line)));
}
