import type { CommandLine, Wrapper } from './shell.js';

/** A shell that a command opened: `vagrant ssh node1`, `kubectl exec -it POD -- sh`, `nsenter -t PID -n`, `sudo -i`. */
export interface Session {
  /** Empty for another user's shell in the same place. */
  readonly wrappers: readonly Wrapper[];
  /** Who typed the command that opened it: `host NAME`, or the shape of a prompt without a name. */
  readonly openedBy: string;
}

/** Where a command was typed, as far as prompts and open sessions tell. */
export interface Where {
  readonly host?: string;
  readonly wrappers: readonly Wrapper[];
}

const SHELLS = new Set(['sh', 'bash', 'ash', 'zsh', 'dash']);

/** Does the command leave the reader in a shell of its own? */
function opens({ argv, filters, others }: CommandLine): boolean {
  if (filters.length > 0 || others.length > 0) return false;
  const [program, ...rest] = argv;
  if (program === undefined) return true;
  return program === 'su'
    ? !rest.includes('-c')
    : SHELLS.has(program) && rest.every((w) => w.startsWith('-') && !/^-\w*c$/.test(w));
}

const isHost = (w: Wrapper): boolean => w.kind === 'host';
const isContainer = (w: Wrapper): boolean =>
  w.kind === 'pod' || /^(?:docker|docker-compose|podman|nerdctl|ctr|crictl|lxc) /.test(w.name);

/**
 * Is the session over although nobody typed `exit`: does the prompt show that its opener has the word again? Entering a network namespace
 * alone leaves the prompt as it was, so only `exit` ends that; `exits` says that one is still to come.
 */
function isOver(session: Session, who: string, exits: boolean): boolean {
  if (session.openedBy !== who || session.wrappers.length === 0) return false;
  if (who.startsWith('host ')) return session.wrappers.some((w) => isHost(w) || isContainer(w));
  return !exits && !session.wrappers.every(isHost);
}

/** The host behind the open sessions: the last one that was entered by name, or whose prompt opened the container's shell. */
function hostBehind(open: readonly Session[]): string | undefined {
  for (let i = open.length - 1; i >= 0; i--) {
    const session = open[i];
    const ssh = session?.wrappers.filter(isHost).at(-1);
    if (ssh) return ssh.name;
    if (session?.wrappers.length && session.openedBy.startsWith('host ')) return session.openedBy.slice(5);
  }
  return undefined;
}

/** Sessions that are still open when `who` types again. */
export function stillOpen(open: readonly Session[], who: string, exits: boolean): readonly Session[] {
  let count = open.length;
  for (let top = open[count - 1]; top && isOver(top, who, exits); top = open[count - 1]) count--;
  return count === open.length ? open : open.slice(0, count);
}

/** Where the next command runs; a container's prompt shows the pod's name, which is no host. */
export function whereIn(open: readonly Session[], host: string | undefined): Where {
  const all = open.flatMap((s) => s.wrappers);
  const inner = all.slice(all.findLastIndex(isHost) + 1);
  const at = inner.length > 0 ? hostBehind(open) : (host ?? all.findLast(isHost)?.name);
  return { ...(at !== undefined && { host: at }), wrappers: inner };
}

/** The sessions after that command. */
export function afterCommand(
  open: readonly Session[],
  command: CommandLine | undefined,
  who: string,
): readonly Session[] {
  if (!command) return open;
  if (command.argv[0] === 'exit' || command.argv[0] === 'logout') return open.slice(0, -1);
  // A paste that opens shells without end is none that anybody typed.
  return opens(command) && open.length < 16 ? [...open, { wrappers: command.wrappers, openedBy: who }] : open;
}
