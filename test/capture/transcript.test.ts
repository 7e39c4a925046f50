import { splitBlocks } from '../../src/capture/blocks.js';
import { splitTranscript } from '../../src/capture/transcript.js';
import { textFrom } from '../../src/kit/index.js';

const blocksOf = (text: string) => splitBlocks(textFrom(text)).map((b) => [b.from + 1, b.to]);

describe('blocks', () => {
  test.each([
    ['no fence', 'a\nb\n', [[1, 2]]],
    ['backticks', 'x\n```\na\nb\n```\ny\n', [[3, 4]]],
    ['tildes', '~~~\na\n~~~\n', [[2, 2]]],
    ['info string', '```bash\na\n```\n', [[2, 2]]],
    ['unclosed', '```\na\nb\n', [[2, 3]]],
    ['longer fence holds a shorter one', '````\n```\na\n````\n', [[2, 3]]],
    ['in a list', '- x\n  ```\n  a\n  ```\n', [[3, 3]]],
    ['quoted', '> ```\n> a\n> ```\n', [[2, 2]]],
    [
      'two',
      '```\na\n```\n\n```\nb\n```\n',
      [
        [2, 2],
        [6, 6],
      ],
    ],
    ['code within a line opens nothing', '```ip route``` prints\n```\na\n```\n', [[3, 3]]],
    ['output behind the opening fence', '```PING 10.0.0.1 (10.0.0.1)\nx\n```\n', [[1, 2]]],
  ])('%s', (_, text, expected) => expect(blocksOf(text)).toEqual(expected));
});

/** `host|wrappers: command => output lines joined` */
function segmentsOf(text: string): string[] {
  const split = splitTranscript(textFrom(text));
  return split.segments.map((s) => {
    const lines: string[] = [];
    for (let i = s.from; i < s.to; i++) if (split.text.line(i).trim() !== '') lines.push(split.text.line(i));
    const where = [s.host ?? '-', ...s.wrappers.map((w) => w.name)].join('|');
    return `${where}: ${s.commandLine ?? ''} => ${lines.join('/')}`;
  });
}

describe('transcripts', () => {
  test('prompts of several nodes', () =>
    expect(segmentsOf('root@a:~# ip r\nx\nroot@b:~# ip r\ny\nz\n')).toEqual(['a: ip r => x', 'b: ip r => y/z']));

  test('Windows line ends are gone before this stage, blanks at line ends are not part of a command', () =>
    expect(segmentsOf('root@a:~# ip r  \nx\n')).toEqual(['a: ip r => x']));

  test('a prompt behind which nothing was typed is no line of the output before', () => {
    expect(segmentsOf('# ip r\nx\n#\n# ip r s\n#\n')).toEqual(['-: ip r => x', '-:  => ', '-: ip r s => ', '-:  => ']);
    expect(segmentsOf('$ ip r\nx\n$\ny\n')).toEqual(['-: ip r => x', '-:  => y']);
    expect(segmentsOf('# cat /etc/resolv.conf\n#\nnameserver 10.0.0.1\n#\n')).toEqual([
      '-: cat /etc/resolv.conf => #/nameserver 10.0.0.1/#',
    ]);
  });

  test('prompts of two lines without a host', () =>
    expect(segmentsOf('~ took 3s\n❯ ip r\nx\n\n~/lab on  main [!] at ☸️ lab\n❯ ip r s\ny\n')).toEqual([
      '-: ip r => x',
      '-: ip r s => y',
    ]));

  test('what a document made a comment of loses its mark, what nslookup says of its tries is none', () => {
    expect(segmentsOf('$ ip r\n# x\n# y\n')).toEqual(['-: ip r => x/y']);
    expect(segmentsOf('$ nslookup a\n# x\n# y\n')).toEqual(['-: nslookup a => x/y']);
    const said = ';; communications error to 10.96.0.10#53: timed out';
    expect(segmentsOf(`$ nslookup a\n${said}\n${said}\n`)).toEqual([`-: nslookup a => ${said}/${said}`]);
  });

  test('empty outputs', () =>
    expect(segmentsOf('root@a:~# ip r\nroot@a:~#\nroot@a:~# ip a\nx\n')).toEqual([
      'a: ip r => ',
      'a:  => ',
      'a: ip a => x',
    ]));

  test('what was sent to a shell without a terminal is repeated', () =>
    expect(segmentsOf('root@a:~# ip r s\nip r s\nx\nroot@a:~# date\ndate\n')).toEqual([
      'a: ip r s => x',
      'a: date => date',
    ]));

  test('commands alone are quoted', () =>
    expect(segmentsOf('> root@a:~# ip r\nx\n\n> root@a:~# ip a\ny\n')).toEqual(['a: ip r => x', 'a: ip a => y']));

  test('a command that stands indented, with its output', () =>
    expect(segmentsOf('# On the node\n\n  # ip route\n  x\n      y\n')).toEqual(['-: ip route => x/    y']));

  test('continued command lines', () =>
    expect(segmentsOf('root@a:~# kubectl get \\\n> nodes \\\n  -o wide\nx\n')).toEqual([
      'a: kubectl get  nodes  -o wide => x',
    ]));

  test('bare commands in a fence', () =>
    expect(segmentsOf('```\nip route\nx\nip addr\ny\n```\n')).toEqual(['-: ip route => x', '-: ip addr => y']));

  test('bare commands with a blank line below them', () =>
    expect(
      segmentsOf('etcdctl ls /x\n\n/x/y\netcdctl get /x/y\n\nz\netcdctl get /x/w\nno blank line, no command\n'),
    ).toEqual(['-: etcdctl ls /x => /x/y', '-: etcdctl get /x/y => z/etcdctl get /x/w/no blank line, no command']));

  test('bare commands that a script echoed, without blank lines', () => {
    expect(segmentsOf('ip addr\nx\nip route\ny\nssh b ip route\nz\n')).toEqual([
      '-: ip addr => x',
      '-: ip route => y',
      '-|b: ssh b ip route => z',
    ]);
    // It may be a line of the script, of a process or of a log.
    expect(segmentsOf('cat /x.sh\nx\nip route\ny\n')).toEqual(['-: cat /x.sh => x/ip route/y']);
    expect(segmentsOf('kubectl logs a\nx\nip route\ny\n')).toEqual(['-: kubectl logs a => x/ip route/y']);
    // Whoever leaves a blank line below one leaves it below each.
    expect(segmentsOf('ip addr\n\nx\nip route\ny\n')).toEqual(['-: ip addr => x/ip route/y']);
  });
  test('a bare command below the sentence that announces it', () =>
    expect(segmentsOf('The rules on the host, as it is now:\niptables -t nat -S\n-P INPUT ACCEPT\n')).toEqual([
      '-:  => The rules on the host, as it is now:',
      '-: iptables -t nat -S => -P INPUT ACCEPT',
    ]));

  test('outside fences a line without a prompt is prose', () =>
    expect(segmentsOf('ip route\n```\nx\n```\n')).toEqual(['-:  => x']));

  test('command and output in two fences', () =>
    expect(segmentsOf('```\n$ ip route\n```\nprints\n```\nx\ny\n```\n')).toEqual(['-: ip route => x/y']));

  test('a command with output does not take the next fence', () =>
    expect(segmentsOf('```\n$ ip route\nx\n```\n```\ny\n```\n')).toEqual(['-: ip route => x', '-:  => y']));

  test('a remark on the next command is of no output, what a program says at its end is', () =>
    expect(
      segmentsOf(
        '$ ip a\n1: lo\n\n# The routes of the pod\n# (both families)\n\n$ ip r\ndefault\n# x\n$ iptables-save\nCOMMIT\n\n# Completed on Mon\n$ id\n',
      ),
    ).toEqual([
      '-: ip a => 1: lo',
      '-: ip r => default/# x',
      '-: iptables-save => COMMIT/# Completed on Mon',
      '-: id => ',
    ]));

  test('output alone', () => expect(segmentsOf('```\nx\n```\n')).toEqual(['-:  => x']));

  test('an indented fence keeps the indentation of the output', () =>
    expect(segmentsOf('1. a\n   ```\n   $ ip a\n   1: lo\n       inet\n   ```\n')).toEqual([
      '-: ip a => 1: lo/    inet',
    ]));

  test('a quoted fence', () => expect(segmentsOf('> ```\n> $ ip a\n> 1: lo\n> ```\n')).toEqual(['-: ip a => 1: lo']));

  test('what set -x echoes', () =>
    expect(segmentsOf('```\n+ ip route\nx\n+ ip addr\ny\n```\n')).toEqual(['-: ip route => x', '-: ip addr => y']));

  test('segments keep the line numbers of the file', () => {
    const { segments } = splitTranscript(textFrom('a\n- b\n  ```\n  $ ip r\n  x\n  ```\n'));
    expect(segments.map((s) => [s.commandAt, s.from, s.to])).toEqual([[3, 4, 5]]);
  });
});

describe('shells that are open', () => {
  test.each<[string, string, string[]]>([
    [
      'vagrant ssh … exit',
      '```\nvagrant ssh n1\n$ ip r\nx\nexit\n$ ip r\ny\n```\n',
      ['-|n1: vagrant ssh n1 => ', 'n1: ip r => x', 'n1: exit => ', '-: ip r => y'],
    ],
    [
      'ssh, and the prompt that comes back',
      'root@a:~# ssh b\nroot@b:~# ip r\nx\nroot@a:~# ip r\ny\n',
      ['a|b: ssh b => ', 'b: ip r => x', 'a: ip r => y'],
    ],
    [
      'a pod, prompt without host',
      'root@a:~# kubectl exec -it p -- sh\n/ # ip r\nx\n/ # exit\nroot@a:~# ip r\ny\n',
      ['a|p: kubectl exec -it p -- sh => ', 'a|p: ip r => x', 'a|p: exit => ', 'a: ip r => y'],
    ],
    [
      'a pod whose prompt names it',
      'root@a:~# kubectl exec -it p -- bash\nroot@p:/# ip r\nx\nroot@a:~# ip r\ny\n',
      ['a|p: kubectl exec -it p -- bash => ', 'a|p: ip r => x', 'a: ip r => y'],
    ],
    [
      'a pod, nobody typed exit',
      '$ kubectl exec -it p -- sh\n/ # ip r\nx\n$ ip r\ny\n',
      ['-|p: kubectl exec -it p -- sh => ', '-|p: ip r => x', '-: ip r => y'],
    ],
    [
      'a namespace with the same prompt',
      'root@a:~# nsenter -t 7 -n\nroot@a:~# ip r\nx\nroot@a:~# exit\nroot@a:~# ip r\ny\n',
      ['a|pid 7: nsenter -t 7 -n => ', 'a|pid 7: ip r => x', 'a|pid 7: exit => ', 'a: ip r => y'],
    ],
    [
      'another user is in the same place',
      '```\nvagrant ssh n1\n$ sudo su -\n# ip r\nx\n# exit\n$ ip a\ny\n```\n',
      ['-|n1: vagrant ssh n1 => ', 'n1: sudo su - => ', 'n1: ip r => x', 'n1: exit => ', 'n1: ip a => y'],
    ],
    [
      'one command opens nothing',
      'root@a:~# kubectl exec p -- ip r\nx\nroot@a:~# ip r\ny\n',
      ['a|p: kubectl exec p -- ip r => x', 'a: ip r => y'],
    ],
  ])('%s', (_, text, expected) => expect(segmentsOf(text)).toEqual(expected));
});
