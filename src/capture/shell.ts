/**
 * Reads a command line as far as it tells what its output is: the program and its words without wrappers (`sudo`, `nsenter`,
 * `kubectl exec`), the wrappers because they move the command into another network namespace, and the pipe because it
 * cuts the output. Nothing is ever executed or expanded.
 */
export type Wrapper =
  | { readonly kind: 'pod'; readonly namespace?: string; readonly name: string }
  | { readonly kind: 'netns'; readonly name: string }
  | { readonly kind: 'host'; readonly name: string };

export interface CommandLine {
  /** Program (base name) and its words. */
  readonly argv: readonly string[];
  readonly wrappers: readonly Wrapper[];
  /** Pipe stages that drop lines or columns, as typed: `grep flannel.1`. */
  readonly filters: readonly string[];
  /** Several commands in one line (`ip a; ip r`): the output holds more than argv says. */
  readonly several: boolean;
  /** Output goes elsewhere (`> file`). */
  readonly redirected: boolean;
}

const MAX_LENGTH = 4096;

interface Token {
  readonly text: string;
  readonly operator: boolean;
}

const OPERATORS = new Set(['|', '||', '&&', ';', '&', '>', '>>', '<', '|&']);

/** Words and operators; quotes are removed, `$(…)` and backticks stay whole as opaque words. */
function tokenise(line: string): Token[] {
  const out: Token[] = [];
  let word = '';
  let open = false;
  const flush = () => {
    if (open) out.push({ text: word, operator: false });
    word = '';
    open = false;
  };
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    if (c === ' ' || c === '\t') flush();
    else if (c === '\\' && i + 1 < line.length) {
      word += line.charAt(++i);
      open = true;
    } else if (c === "'" || c === '"' || c === '`') {
      const end = line.indexOf(c, i + 1);
      const stop = end === -1 ? line.length : end;
      word += c === '`' ? line.slice(i, stop + 1) : line.slice(i + 1, stop);
      open = true;
      i = stop;
    } else if (c === '$' && line.charAt(i + 1) === '(') {
      const stop = closing(line, i + 1);
      word += line.slice(i, stop + 1);
      open = true;
      i = stop;
    } else if (c === '#' && !open) break;
    else if (c === '|' || c === ';' || c === '&' || c === '>' || c === '<') {
      const file = (c === '>' || c === '<') && /^\d$/.test(word);
      if (file) {
        word = '';
        open = false;
      }
      flush();
      let op = c;
      if (line.charAt(i + 1) === c || (c === '|' && line.charAt(i + 1) === '&')) op += line.charAt(++i);
      if (op === '>' && line.charAt(i + 1) === '&') {
        i++;
        while (/[\d-]/.test(line.charAt(i + 1))) i++;
        continue;
      }
      out.push({ text: op, operator: OPERATORS.has(op) });
    } else {
      word += c;
      open = true;
    }
  }
  flush();
  return out;
}

function closing(line: string, openParen: number): number {
  let depth = 0;
  for (let i = openParen; i < line.length; i++) {
    const c = line.charAt(i);
    if (c === '(') depth++;
    else if (c === ')' && --depth === 0) return i;
  }
  return line.length;
}

/** Pipe stages that keep every line of what a parser reads. */
const HARMLESS = new Set(['cat', 'less', 'more', 'tee', 'sort', 'column', 'nl', 'jq', 'python', 'python3', 'xargs', 'sudo']);

const isHarmless = (stage: readonly string[]): boolean => {
  const program = baseName(stage[0] ?? '');
  if (program === 'jq') return stage.slice(1).every((w) => w === '.' || w.startsWith('-'));
  if (program === 'xargs') return false;
  return HARMLESS.has(program);
};

const baseName = (word: string): string => word.slice(word.lastIndexOf('/') + 1);

/** Drops the options of a wrapper: `flags` take no value, everything else that starts with `-` and is in `valued` takes one. */
function afterOptions(words: readonly string[], from: number, valued: ReadonlySet<string>): number {
  let i = from;
  while (i < words.length) {
    const w = words[i] ?? '';
    if (w === '--') return i + 1;
    if (!w.startsWith('-')) return i;
    i += valued.has(w) ? 2 : 1;
  }
  return i;
}

const SUDO_VALUED = new Set(['-u', '-g', '-h', '-p', '-C', '-r', '-t', '--user']);
const KUBECTL_VALUED = new Set([
  '-n', '--namespace', '-c', '--container', '--kubeconfig', '--context', '--cluster', '-s', '--server', '--request-timeout', '-o', '-l', '--as',
]);
const DOCKER_VALUED = new Set(['-u', '--user', '-e', '--env', '-w', '--workdir', '-H', '--host']);
const SSH_VALUED = new Set(['-i', '-p', '-l', '-o', '-F', '-J', '-L', '-R', '-D', '-c', '-m']);

interface Unwrapped {
  readonly rest: readonly string[];
  readonly wrapper?: Wrapper;
}

const optionValue = (words: readonly string[], names: readonly string[]): string | undefined => {
  for (const [i, w] of words.entries()) {
    if (w === '--') return undefined;
    for (const n of names) {
      if (w === n) return words[i + 1];
      if (n.startsWith('--') && w.startsWith(`${n}=`)) return w.slice(n.length + 1);
    }
  }
  return undefined;
};

/** `kubectl [opts] exec [opts] POD [opts] [--] CMD…` */
function unwrapKubectl(words: readonly string[]): Unwrapped | undefined {
  const verb = afterOptions(words, 1, KUBECTL_VALUED);
  if (words[verb] !== 'exec') return undefined;
  const podAt = afterOptions(words, verb + 1, KUBECTL_VALUED);
  const name = words[podAt]?.replace(/^(pod|pods|po)\//, '');
  if (!name) return undefined;
  const namespace = optionValue(words, ['-n', '--namespace']);
  const rest = words.slice(afterOptions(words, podAt + 1, KUBECTL_VALUED));
  return { rest, wrapper: { kind: 'pod', name, ...(namespace !== undefined && { namespace }) } };
}

/** `nsenter -t PID -n CMD`, `nsenter --net=/var/run/netns/X CMD`; `-t 1 -n` is the host itself. */
function unwrapNsenter(words: readonly string[]): Unwrapped | undefined {
  let i = 1;
  let target: string | undefined;
  let netns: string | undefined;
  let entersNet = false;
  for (; i < words.length; i++) {
    const w = words[i] ?? '';
    if (w === '--') {
      i++;
      break;
    }
    if (!w.startsWith('-')) break;
    if (w === '-t' || w === '--target') target = words[++i];
    else if (w.startsWith('--target=')) target = w.slice(9);
    else if (w.startsWith('-t') && w.length > 2) target = w.slice(2);
    else if (w.startsWith('--net=')) netns = w.slice(6);
    else if (w.startsWith('-n') && w.length > 2 && w.includes('/')) netns = w.slice(2).replace(/^=/, '');
    else if (w === '--net' || w === '-n' || w === '-a' || w === '--all' || /^-[a-zA-Z]*n[a-zA-Z]*$/.test(w)) entersNet = true;
  }
  const rest = words.slice(i);
  if (netns === undefined && (!entersNet || target === '1' || target === undefined)) return { rest };
  return { rest, wrapper: { kind: 'netns', name: netns ?? `pid ${target}` } };
}

const PLAIN_WRAPPERS = new Set(['time', 'nohup', 'stdbuf', 'command', 'exec', 'unbuffer', 'ionice', 'nice']);

function unwrapOnce(words: readonly string[]): Unwrapped | undefined {
  const program = baseName(words[0] ?? '');
  switch (program) {
    case 'sudo':
    case 'doas':
      return { rest: words.slice(afterOptions(words, 1, SUDO_VALUED)) };
    case 'timeout':
    case 'watch':
      return { rest: words.slice(afterOptions(words, 1, new Set(['-k', '-s', '-n', '--interval']))).filter((w, i) => !(program === 'timeout' && i === 0)) };
    case 'kubectl':
    case 'kctl':
    case 'oc':
    case 'k':
      return unwrapKubectl(words);
    case 'k3s':
    case 'microk8s':
    case 'rke2':
      return words[1] === 'kubectl' ? { rest: words.slice(1) } : undefined;
    case 'nsenter':
      return unwrapNsenter(words);
    case 'gravity':
    case 'planet': {
      // Planet's container shares the host's network namespace.
      if (words[1] === 'shell') return { rest: words.slice(2) };
      if (words[1] !== 'exec' && words[1] !== 'enter') return undefined;
      return { rest: words.slice(afterOptions(words, 2, new Set())) };
    }
    case 'docker':
    case 'podman':
    case 'nerdctl':
    case 'crictl': {
      if (words[1] !== 'exec') return undefined;
      const at = afterOptions(words, 2, DOCKER_VALUED);
      return { rest: words.slice(at + 1), wrapper: { kind: 'netns', name: `${program} ${words[at] ?? ''}` } };
    }
    case 'ip': {
      const at = words.findIndex((w, i) => i > 0 && !w.startsWith('-'));
      if (words[at]?.startsWith('netn') && words[at + 1]?.startsWith('e') && words[at + 2])
        return { rest: words.slice(at + 3), wrapper: { kind: 'netns', name: words[at + 2] ?? '' } };
      const n = words.indexOf('-n');
      if (n > 0 && n < at && words[n + 1])
        return { rest: [...words.slice(0, n), ...words.slice(n + 2)], wrapper: { kind: 'netns', name: words[n + 1] ?? '' } };
      return undefined;
    }
    case 'ssh': {
      const at = afterOptions(words, 1, SSH_VALUED);
      const host = words[at]?.replace(/^.*@/, '');
      return host ? { rest: words.slice(at + 1), wrapper: { kind: 'host', name: host } } : undefined;
    }
    case 'vagrant':
      return words[1] === 'ssh' && words[2] && !words[2].startsWith('-')
        ? { rest: words[3] === '-c' && words[4] ? [...words.slice(4).flatMap((w) => w.split(' '))] : words.slice(3), wrapper: { kind: 'host', name: words[2] } }
        : undefined;
    case 'sh':
    case 'bash':
      return (words[1] === '-c' || words[1] === '-lc') && words[2] ? { rest: words[2].split(/\s+/) } : undefined;
    default:
      if (PLAIN_WRAPPERS.has(program)) return { rest: words.slice(1) };
      return /^[A-Za-z_]\w*=/.test(program) ? { rest: words.slice(1) } : undefined;
  }
}

/** Undefined when the text is no command line at all. */
export function parseCommandLine(text: string): CommandLine | undefined {
  const tokens = tokenise(text.slice(0, MAX_LENGTH).trim());
  if (tokens.length === 0) return undefined;
  const commands: { readonly stages: string[][]; redirected: boolean }[] = [];
  let stages: string[][] = [[]];
  let redirected = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (!token.operator) stages.at(-1)?.push(token.text);
    else if (token.text === '|' || token.text === '|&') stages.push([]);
    else if (token.text.startsWith('>') || token.text === '<') {
      const target = tokens[++i]?.text ?? '';
      if (token.text !== '<' && target !== '/dev/null') redirected = true;
    } else {
      commands.push({ stages, redirected });
      stages = [[]];
      redirected = false;
    }
  }
  commands.push({ stages, redirected });
  const real = commands.filter((c) => (c.stages[0]?.length ?? 0) > 0 && c.stages[0]?.[0] !== 'cd');
  const first = real[0];
  if (!first) return undefined;
  const wrappers: Wrapper[] = [];
  let argv: readonly string[] = first.stages[0] ?? [];
  for (let depth = 0; depth < 8; depth++) {
    const next = unwrapOnce(argv);
    if (!next) break;
    if (next.wrapper) wrappers.push(next.wrapper);
    argv = next.rest;
  }
  return {
    argv: argv.length > 0 ? [baseName(argv[0] ?? ''), ...argv.slice(1)] : [],
    wrappers,
    filters: first.stages.slice(1).filter((s) => s.length > 0 && !isHarmless(s)).map((s) => s.join(' ')),
    several: real.length > 1,
    redirected: first.redirected,
  };
}
