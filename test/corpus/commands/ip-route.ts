import type { RouteFact } from '../../../src/facts/index.js';
import { canonicalPrefix } from '../../../src/kit/index.js';
import type { CorpusCommand } from '../corpus.js';

/** One form for jc (`ip`, `via`, `dev` …) and ntc-templates (`network`, `nexthop_ip` …; '' for what a line lacks). */
interface Row {
  readonly prefix: string;
  readonly via: string;
  readonly dev: string;
  readonly proto: string;
  readonly scope: string;
  readonly src: string;
  readonly metric: string;
}

const prefixOf = (text: string): string => (text === 'default' ? '0.0.0.0/0' : (canonicalPrefix(text) ?? text));

function rowsOf(answer: unknown): readonly Row[] {
  if (Array.isArray(answer)) {
    return (answer as readonly Readonly<Record<string, string | number | undefined>>[]).map((r) => ({
      prefix: prefixOf(String(r.ip)),
      via: String(r.via ?? ''),
      dev: String(r.dev ?? ''),
      proto: String(r.proto ?? ''),
      scope: String(r.scope ?? ''),
      src: String(r.src ?? ''),
      metric: String(r.metric ?? ''),
    }));
  }
  const { parsed_sample } = answer as { readonly parsed_sample: readonly Readonly<Record<string, string>>[] };
  return parsed_sample.map((r) => ({
    prefix: prefixOf(r.network ?? ''),
    via: r.nexthop_ip ?? '',
    dev: r.nexthop_if ?? '',
    proto: r.protocol ?? '',
    scope: r.scope ?? '',
    src: r.src ?? '',
    metric: r.metric ?? '',
  }));
}

export const ipRoute: CorpusCommand = {
  command: 'ip-route',
  folders: ['ip-route', 'ip-route-get'],
  foreign: [
    { file: 'test_clean_content_ipv6_L17', because: 'neighbours' },
    { file: 'insights_tests_parsers_test_ip_L842', because: 'neighbours' },
    { file: 'insights_tests_parsers_test_ip_L896', because: 'neighbours, broken on purpose' },
    { file: 'insights_tests_parsers_test_ip_L910', because: 'neighbours' },
    { file: 'gravity_networking_L431', because: 'neighbours' },
    { file: 'slides_k8s_kind_L210', because: 'headings of slides' },
    { file: 'workers_L47', because: 'lines of /etc/hosts' },
    { file: 'workers_L53', because: 'lines of /etc/hosts' },
    { file: 'linux_test_keepalived', because: "keepalived's configuration" },
    { file: 'operations_troubleshoot_commands_L389', because: "BIRD's answer" },
    { file: 'operations_troubleshoot_commands_L395', because: "BIRD's answer" },
  ],
  incomplete: [
    { file: 'intro-basic-networking_L360', because: 'cut out of a manual with the prose around it' },
    { file: 'intro-basic-networking_L310', because: 'cut out of a manual with the prose around it' },
    { file: 'kube-admin__DEBUG_L4.txt', because: 'ends in a prompt' },
    { file: 'libnetwork_docs_macvlan_L298', because: 'ends in a comment of the manual' },
  ],
  oracle(file, facts) {
    // The template leaves out what has a type.
    const rows = (facts as readonly RouteFact[]).filter((f) => Array.isArray(file.answer) || f.type === 'unicast');
    return {
      ours: rows.map((f) => ({
        prefix: f.prefix,
        via: f.nexthops[0]?.via ?? '',
        dev: f.nexthops[0]?.dev ?? '',
        proto: f.proto ?? '',
        scope: f.scope ?? '',
        src: f.src ?? '',
        metric: f.metric === undefined ? '' : String(f.metric),
      })),
      theirs: rowsOf(file.answer),
    };
  },
};
