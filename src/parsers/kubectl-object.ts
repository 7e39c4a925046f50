import type { AnyFact, ClusterKind, FactOf } from '../facts/index.js';
import { type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { canonicalObject } from './kubernetes/canonical.js';
import { isDescribed, isExcerpt, readExcerpt } from './kubernetes/excerpt.js';
import { guessKind, isRead, listsOf, readObject } from './kubernetes/index.js';
import { type ObjectText, splitObjects } from './text/documents.js';
import { readJson } from './text/json.js';
import { isKubectlChatter, kubectlClaim, kubectlCommand, kubectlFailure, settleFailures } from './text/kubectl.js';
import { isPartOfKind, kindsListed, pluralOf, scopeOfTypes } from './text/resources.js';
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
const KINDS = [
  'bgp-config',
  'bgp-peer-config',
  'block-affinity',
  'calico-node',
  'cilium-node',
  'cluster-cidr',
  'cluster-dns',
  'cluster-endpoint',
  'component-config',
  'corefile',
  'crd',
  'endpoints',
  'event',
  'flannel-announcement',
  'flannel-config',
  'flannel-lease',
  'host-endpoint',
  'ip-pool',
  'ip-reservation',
  'ipam-block',
  'ipam-handle',
  'kube-proxy-config',
  'lease',
  'network-policy',
  'node',
  'pod',
  'service',
  'workload',
  'workload-endpoint',
] as const satisfies readonly ClusterKind[];
type ObjectFact = FactOf<(typeof KINDS)[number]>;

/** Types that a path of the API names: `/api/v1/nodes`, `/apis/apps/v1/namespaces/x/daemonsets`. */
const rawTypes = (path: string): string[] => path.replace(/\?.*$/, '').split('/').slice(2).map(pluralOf);

/** `{ "kind": "Status", … "code": 401 }` (apimachinery's meta/v1 Status), in JSON or YAML, whole or in one line. */
const isRefusal = (head: readonly string[]): boolean =>
  /^\{\s*"kind":\s?"Status",\s*"apiVersion"|^(?:apiVersion: v1\s+)?kind: Status\s/.test(
    `${head.slice(0, 4).join('\n').trim()}\n`,
  );

/** What would be made, and is nowhere yet: `kubectl create … --dry-run=client -o yaml`, `helm template`. */
const isProposal = (argv: readonly string[]): boolean =>
  argv.some((word) => /^--dry-run(?:$|=(?!none|false))/.test(word)) ||
  (argv[0] === 'helm' && argv[1] === 'template') ||
  (argv[0] === 'kustomize' && argv[1] === 'build') ||
  (/^(?:kubectl|oc|k)$/.test(argv[0] ?? '') && argv[1] === 'kustomize');

/** Objects of Kubernetes and Calico in YAML or JSON. */
export const kubectlObject = defineParser<ObjectFact>({
  command: 'kubectl-object',
  emits: KINDS,
  scope: 'cluster',
  claims: {
    command(argv) {
      const manifest = argv[0] === 'cat' && /\/manifests\/[^/]+\.ya?ml$/.test(argv[1] ?? '');
      if (manifest) return {};
      const command = kubectlCommand(argv);
      if (!command) return undefined;
      if (command.verb === 'cluster-info' && command.resources[0] === 'dump') return {};
      if (command.verb === 'config' && command.resources[0] === 'view') return {};
      if (command.raw !== undefined) return /^\/apis?\//.test(command.raw) ? {} : undefined;
      const format = /^(?:yaml|json)$/.test(command.output);
      return command.verb === 'get' && format ? kubectlClaim(command) : undefined;
    },
    file: /(?:^|-)(?:nodes?|pods?|services?|svc|endpoints|endpointslices?|configmaps?|daemonsets?|ippools?|kube-(?:apiserver|controller-manager|proxy|flannel(?:-cfg)?)|kubeadm-config)-(?:json|ya?ml)$|get-o-(?:json|yaml)-/,
    sniff(head) {
      // The API's refusal is no object: where the command says who was asked, that it answered is what it tells.
      if (isRefusal(head)) return 2;
      let version = 0;
      let kind = 0;
      for (const line of head) {
        if (/^\s*(?:- |\{ ?)?"?apiVersion"?: ?"?[\w./-]+/.test(line)) version++;
        if (/^\s*(?:- |\{ ?)?"?kind"?: ?"?[A-Z]\w+"?,?\s*$/.test(line)) kind++;
        if (/^\{"(?:apiVersion":"[\w./-]+","(?:items|kind|data)|kind":"[A-Z]\w+","apiVersion)"/.test(line)) return 3;
      }
      // A kubelet's own file belongs to its node and has a parser of its own.
      if (head.some((line) => /^(?:kind:|[\s{]{0,8}"kind":) ?"?KubeletConfiguration/.test(line))) return 0;
      if (isBare(head)) return 2;
      if (version > 0 && (kind > 0 || head.some((line) => /^ {1,8}(?:Corefile|net-conf\.json): [|>"']/.test(line))))
        return 3;
      if (version > 0 || kind > 1) return 1;
      return isExcerpt(head) && !isDescribed(head) ? 2 : 0;
    },
  },
  prepare: loadYaml,
  parse(text, out, context) {
    if (isProposal(context.argv)) {
      for (let i = 0; i < text.count; i++) out.noise(i);
      out.only([]);
      return;
    }
    const command = kubectlCommand(context.argv);
    const kinds = new Set<string>(listedBy(command));
    const failures: { line: number; text: string }[] = [];
    const types = new Set<string>();
    let sawObject = false;
    let alone = false;
    splitObjects(text, {
      noise: (line) => out.noise(line),
      gap: (line, reason) => out.gap(line, reason),
      empty(kind) {
        for (const listed of listsOf(kind)) kinds.add(listed);
      },
      cut: (detail) => out.incomplete('truncated', detail),
      object(object) {
        if (object.format === 'yaml' && isTalk(text.line(object.from))) {
          for (let i = object.from; i < object.to; i++) failures.push({ line: i, text: text.line(i) });
          return;
        }
        sawObject = true;
        alone ||= !object.listed && object.kind?.endsWith('List') !== true;
        if (object.elided)
          out.incomplete('truncated', `lines left out in the object at line ${text.firstLine + object.from}`);
        if (object.listed && object.kind !== undefined && isRead(object.kind)) types.add(pluralOf(object.kind));
        take(object, text, out, kinds);
      },
    });
    const telling = failures.filter((f) => kubectlFailure(f.text) !== undefined);
    for (const f of failures) if (isKubectlChatter(f.text)) out.noise(f.line);
    settleFailures(out, telling, sawObject);
    // A whole list of one type lists that one; of the others that share its kind of fact it says nothing.
    const shared = !command && isPartOfKind(kinds);
    const scope = shared && types.size === 1 && !alone ? scopeOfTypes([...types], 'kubectl') : {};
    const isScoped = Object.keys(scope).length > 0;
    if (shared && !isScoped) out.incomplete('filtered', 'one type of several');
    if (alone && !command) out.incomplete('filtered', 'single objects, not a list of all');
    if (command || telling.length === 0)
      out.only(
        KINDS.filter((kind) => kinds.has(kind)),
        isScoped ? scope : undefined,
      );
  },
});

/** What a command line lists, be there such objects or none. */
function listedBy(command: ReturnType<typeof kubectlCommand>): readonly string[] {
  if (command?.verb !== 'get') return [];
  const types = command.raw === undefined ? command.resources : rawTypes(command.raw);
  return kindsListed(types, command.program === 'calicoctl' ? 'calicoctl' : 'object');
}

/** Far above what grep leaves of the nodes of a cluster. */
const LONGEST_EXCERPT = 20_000;

function linesOf(object: ObjectText, text: Text): readonly string[] {
  if (object.to - object.from > LONGEST_EXCERPT) return [];
  return Array.from({ length: object.to - object.from }, (_, i) => text.line(object.from + i));
}

/** Go's own JSON of one object, without its kind: collectors write it so. */
function isBare(head: readonly string[]): boolean {
  const all = head.join('\n');
  return (
    /^\s*\{\s*"metadata"\s*:\s*\{\s*"name"\s*:/.test(all) &&
    /"creationTimestamp"\s*:/.test(all) &&
    /"(?:nodeInfo|podCIDR|containers|clusterIP|subsets)"\s*:/.test(all)
  );
}

/** kubectl's own words instead of an object. */
const isTalk = (line: string): boolean => kubectlFailure(line) !== undefined || isKubectlChatter(line);

function take(object: ObjectText, text: Text, out: Sink<ObjectFact>, kinds: Set<string>): void {
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
  const excerpt = object.kind === undefined && !single ? linesOf(object, text) : [];
  if (isExcerpt(excerpt)) {
    out.incomplete('filtered', 'grep left lines out between its matches');
    each((line) => (text.line(line).trim() === '--' ? out.noise(line) : out.part(line)));
    readExcerpt(excerpt, object.from, {
      emit(line, fact) {
        kinds.add(fact.kind);
        out.fact(line, canonicalObject(fact));
      },
      gap: (line, reason) => out.gap(line, reason),
    });
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
    emit(line, fact: Draft<AnyFact>) {
      kinds.add(fact.kind);
      // Every draft of a reader is of one of this parser's kinds; the readers are typed by the wider union.
      out.fact(line, canonicalObject(fact as Draft<ObjectFact>));
    },
    gap: (line, reason) => out.gap(line, reason),
  });
  // One object lists nothing but itself.
  if (object.listed) for (const listed of read ?? []) kinds.add(listed);
  each((line) => (read ? out.part(line) : out.noise(line)));
}
