import type { Sink } from '../../kit/index.js';

/*
 * What stands in a file in place of output, or in the middle of it when the collector merged stderr: messages of shells, of kubectl and
 * the container runtimes, of iproute2 (lib/libnetlink.c, lib/utils.c) and busybox.
 */
const MESSAGES: readonly string[] = [
  'command not found',
  ': not found',
  'No such file or directory',
  'executable file not found',
  'command terminated with exit code',
  'RTNETLINK answers:',
  'Cannot open network namespace',
  'Cannot find device',
  'Cannot open netlink socket',
  'Cannot send dump request',
  'Cannot talk to rtnetlink',
  'Dump terminated',
  'bad command line argument(s)',
  'For more information run ethtool',
  'error fetching interface information',
  'Failed to connect to bus',
  'Failed to connect system bus',
  'No such device',
  'is unknown, try "',
  'OCI runtime exec failed',
  'failed to collect info:',
  'did not complete within the timeout',
  'Command not found or not executable',
  'invalid argument',
  'invalid option',
  'unrecognized option',
  'does not exist',
  'Connection refused',
  'Unable to connect to the server',
  'was refused - did you specify the right host',
  'Operation not supported',
  'Name or service not known',
  'Temporary failure in name resolution',
  ': bad address ',
  'Network is unreachable',
  'System has not been booted with systemd',
  '506 Cannot talk to daemon',
  'Failed to connect to bus',
  'Failed to get D-Bus connection',
  'Failed to list units',
  'Cannot connect to the Docker daemon',
  '(conntrack-tools): Operation failed',
  '(conntrack-tools): Illegal option',
  '(conntrack-tools): unknown',
  "(conntrack-tools): Can't open",
  'Try `conntrack -h',
  "The kernel doesn't support the ebtables",
  'or your kernel needs to be upgraded',
  'Make sure polkit agent is running',
  'Kernel error received:',
  'Cannot open session to kernel',
  "Can't initialize ipvs",
  'modprobe: FATAL: ',
  'modprobe: ERROR: ',
  "modprobe: can't ",
  'modprobe: module ',
  'Are you sure that IP Virtual Server is built in the kernel or as module?',
  // bash and glibc in the language of the node: no such command, no such file.
  'Kommando nicht gefunden',
  'Befehl nicht gefunden',
  'commande introuvable',
  'orden no encontrada',
  'comando não encontrado',
  'команда не найдена',
  '未找到命令',
  'コマンドが見つかりません',
  '명령을 찾을 수 없',
  '명령어를 찾을 수 없',
  'Datei oder Verzeichnis nicht gefunden',
  'Aucun fichier ou dossier de ce type',
  'No existe el fichero o el directorio',
  'No existe el archivo o el directorio',
  'Arquivo ou diretório inexistente',
  'Нет такого файла или каталога',
  '没有那个文件或目录',
  'そのようなファイルやディレクトリはありません',
  '그런 파일이나 디렉터리가 없습니다',
];
const DENIED: readonly string[] = [
  'Permission denied',
  'permission denied',
  'Operation not permitted',
  'you must be root',
  'must be run as root',
  'are you root',
  'need to be root',
  'Authorization failed.',
  'not in the sudoers file',
  'a password is required',
  'Unauthorized',
  'Keine Berechtigung',
  'Permission non accordée',
  'Permiso denegado',
  'Permissão negada',
  'Отказано в доступе',
  '权限不够',
  '許可がありません',
  '허가 거부',
  'Die Operation ist nicht erlaubt',
  'Opération non permise',
  'Operación no permitida',
  'Operação não permitida',
  'Операция не позволена',
  '不允许的操作',
  '許可されていない操作です',
  '명령을 허용하지 않음',
];
const STARTS: readonly string[] = [
  'error: ',
  'Error: ',
  'ERROR: ',
  'netlink error: ',
  // perror of a text that ends its line already: the reason stands on the next.
  'Cannot get device ',
  // cilium-bugtool, before what the command said.
  "> Error while running '",
  'No data available',
  'Error from server',
  'Usage: ',
  'BusyBox v',
  'sudo: ',
  'FATA[',
  'ctr: ',
];

/** A message of a program or shell that failed; undefined for anything else. */
export function failureIn(line: string): 'command-failed' | 'permission-denied' | undefined {
  if (line.length > 1000) return undefined;
  if (DENIED.some((m) => line.includes(m))) return 'permission-denied';
  const text = line.trimStart();
  return STARTS.some((m) => text.startsWith(m)) || MESSAGES.some((m) => line.includes(m))
    ? 'command-failed'
    : undefined;
}

/** Failure messages of one capture: a failure when they are all there is, else a listing that broke off. */
export interface Failures {
  /** Takes the line when it is a failure message. */
  take(i: number, line: string): boolean;
  /** `some`: did the capture hold output beside the messages? */
  close(some: boolean): void;
}

export function collectFailures(out: Pick<Sink<never>, 'failed' | 'noise' | 'incomplete'>): Failures {
  const lines: { i: number; reason: 'command-failed' | 'permission-denied'; detail: string }[] = [];
  let usage = false;
  return {
    take(i, line) {
      // What follows a usage, or the last words of a program in Go, is the rest of it, whatever it looks like.
      usage ||=
        /^\s*(?:BusyBox v\d|[Uu]sage:|ethtool version \d)|^panic: (?:runtime error|.{0,200} \[recovered\])/.test(line);
      const reason = failureIn(line) ?? (usage ? 'command-failed' : undefined);
      if (!reason) return false;
      lines.push({ i, reason, detail: line.trim().slice(0, 200) });
      return true;
    },
    close(some) {
      for (const { i, reason, detail } of lines) {
        if (some) {
          out.noise(i);
          out.incomplete('truncated', detail);
        } else out.failed(i, reason, detail);
      }
    },
  };
}
