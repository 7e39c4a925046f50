/*
 * net-tools in the language of the node: po/ of net-tools 1.60 and 2.10 (cs, de, et, fr, ja, pt_BR), and Ubuntu's language packs for es, it, zh_CN
 * and of old for fr.
 * Debian's and Ubuntu's tools print so wherever LANG asks for it; values and their order are the same in all.
 */

/** Words of `ifconfig` before 2.0, and of the little that 2.x translates. */
const IFCONFIG: readonly (readonly [RegExp, string])[] = [
  [/(?:Protokoll|Lien encap|kapseldus|リンク方法|Encapsulamento do Link): ?/, 'Link encap:'],
  [/ {2}(?:硬件地址|Hardware Adresse|Endereço de HW|direcciónHW|ハードウェアアドレス) /, '  HWaddr '],
  [/inet ?(?:地址|Adresse|adr|end\.|aadress|アドレス): ?|(?:Direc\.|indirizzo) inet:/, 'inet addr:'],
  [
    /(?:inet6 ?(?:地址|aadr|アドレス|-Adresse)|adr inet6|endereço inet6|Dirección inet6|indirizzo inet6|inet6-Adresse): /,
    'inet6 addr: ',
  ],
  [/ (?:广播|ブロードキャスト|bcast|všesměr|Difus\.):?/, ' Bcast:'],
  [/ (?:掩码|Maske|Masque|Masc|Másc|Maschera|マスク|mask):/, ' Mask:'],
  [/ (?:点对点|P-z-P|P-a-P):/, ' P-t-P:'],
  [/ (?:Gültigkeitsbereich|範囲|Escopo|skoop|Alcance):/, ' Scope:'],
  [/ síťová_maska /, '  netmask '],
  [/ délka_odchozí_fronty /, '  txqueuelen '],
  [/AKTIVOVÁNO|^(\s+)ACTIVO(?= )/, '$1UP'],
  [/VŠESMĚR|DIFUSIÓN/, 'BROADCAST'],
  [/BĚŽÍ|FUNCIONANDO/, 'RUNNING'],
  [/SMYČKA|BUCLE/, 'LOOPBACK'],
  [/DVOUBODOVÉ|PUNKTZUPUNKT/, 'POINTOPOINT'],
  [/NEARP/, 'NOARP'],
  [/NADŘÍZENÝ/, 'MASTER'],
  [/PODŘÍZENÝ/, 'SLAVE'],
  [/PROMISK/, 'PROMISC'],
  [/ délka_prefixu /, ' prefixlen '],
  [/(MTU:\d{1,10} +)[^\s:]{1,20}:(\d)/, '$1Metric:$2'],
  [/\[(?:KEINE|PAS|SEM|NENHUMA|LIPPE|ŽÁDNÉ|フラグ)[^\]]{0,20}\]/, '[NO FLAGS]'],
  [/^(\s+)(?:接收数据包|RXパケット|Pacotes RX|RX pakette|Packets reçus|Paquetes RX|pacchetti RX):/, '$1RX packets:'],
  [/^(\s+)(?:发送数据包|TXパケット|Pacotes TX|TX pakette|Paquetes TX|pacchetti TX):/, '$1TX packets:'],
  [/^(\s+[RT]X) packetů (\d+) {2}bajtů/, '$1 packets $2  bytes'],
  [/^(\s+[RT]X) chyb (\d+) {2}zahozeno/, '$1 errors $2  dropped'],
  [/ (?:错误|エラー|erros|vigu|erreurs|errores|errori):/, ' errors:'],
  [/ (?:丢弃|損失|descartados|ära visatud|perdidos|scaricati|(?=:\d)):/, ' dropped:'],
  [/^(\s+)(?:碰撞|Kollisionen|kollisioone|衝突|colisões|colisiones|collisioni):/, '$1collisions:'],
  [/^(\s+)(?:接收字节|RXバイト|RX baite|Octets reçus|Bytes RX|[Bb]yte RX):/, '$1RX bytes:'],
  [/^(\s+)(?:中断|Interruption|katkestus|割り込み|IRQ):/, '$1Interrupt:'],
  [/^(\s+)(?:基本地址|Basisadresse|Adresse de base|baasaadress|ベースアドレス|Endereço de E\/S):/, '$1Base address:'],
  [/^(\s+)(?:内存|Speicher|Mémoire|mälu|メモリ|Memória):/, '$1Memory:'],
  [/^(\s+)(?:压缩|komprimiert|圧縮|compactados):/, '$1compressed:'],
];

/** What says that a line is not in English, or may not be. */
const OTHER =
  /[^\0-\x7f]|Adresse|\badr |\bend\.:|Protokoll|encap|Encaps|PUNKTZU|kapseldus|Maske:|Masque:|Masc:|Metrik:|Kollisionen|RX:|TX:|ACTIVO|indirizzo|Maschera|collisioni|colisiones|erreurs:|pakette|\[(?:KEINE|PAS|SEM|NENHUMA|LIPPE) |IRQ:|Interruption:|komprimiert:|compactados:/;

/** A line of `ifconfig` with the words that it has in English. */
export function ifconfigInEnglish(line: string): string {
  if (!OTHER.test(line)) return line;
  return IFCONFIG.reduce((text, [words, english]) => text.replace(words, english), line);
}

/** States of sockets as `netstat` calls them (cs, pt_BR; de has one). */
export const SOCKET_STATES: Readonly<Record<string, string>> = {
  NASLOUCHÁ: 'LISTEN',
  OUÇA: 'LISTEN',
  OUVINDO: 'LISTEN',
  SPOJENO: 'ESTAB',
  VERBUNDEN: 'ESTAB',
  ESTABELECIDA: 'ESTAB',
  ESPERANDO_FECHAR: 'CLOSE-WAIT',
  ESPERA_FIN1: 'FIN-WAIT-1',
  ESPERA_FIN2: 'FIN-WAIT-2',
  SYN_ENVIADO: 'SYN-SENT',
  SYN_RECEBIDO: 'SYN-RECV',
  ÚLTIMO_ACK: 'LAST-ACK',
  FECHANDO: 'CLOSING',
  ZAVÍRÁ: 'CLOSING',
  FECHAR: 'UNCONN',
  ZAVŘEN: 'UNCONN',
};

/** Titles above the tables of `netstat`, with what they say of listeners. */
export const SOCKET_TITLE =
  /^(?:Active +Internet +connections|Aktivní Internetová spojení|Aktive Internetverbindungen|Aktiivsed internetiühendused|Connexions Internet actives|稼働中のインターネット接続|Conexões Internet Ativas|激活Internet连接) *\((.*)\)$/;
/** Titles of other tables, and remarks of what was not seen. */
export const SOCKET_REMARK =
  /^(?:Aktivní sokety|Aktive Sockets|Aktiivsed UNIX|Sockets du domaine|稼働中のUNIX|Domain sockets UNIX|活跃的UNIX域套接字|\(Pro „-p“|abyste|\(Für "-p"|\("-p"|\(Pas d'infos lues|\(Não foi possível ler|\(Všechny procesy|pouze o procesech|（并非所有进程都能被检测到|\(并非所有进程都能被检测到|root 用户)/;
/** Heads of the tables of sockets; in German and Chinese they are English. */
export const SOCKET_HEADER =
  /^Proto +(?:Recv-Q|Přích-F|VvJrk|受信-Q) +(?:Send-Q|Odch-F|SaatJrk|送信-Q) +(?:Místní Adresa|Kohalik aadress|Adresse locale|内部アドレス|Endereço Local) /;
/** What stands for `only servers` and `w/o servers`. */
export const ONLY_SERVERS: ReadonlySet<string> = new Set([
  'only servers',
  'pouze servery',
  'Nur Server',
  'ainult serverid',
  'seulement serveurs',
  'サーバのみ',
  '仅服务器',
]);
export const WITHOUT_SERVERS: ReadonlySet<string> = new Set(['w/o servers', 'w/o servery', 'w/oサーバ', 'w/o 服务器']);

/** Heads of the histograms in `netstat -s`, and which way the messages went. */
export const ICMP_HISTOGRAMS: ReadonlyMap<string, 'In' | 'Out'> = new Map([
  ['ICMP input histogram:', 'In'],
  ['Histogram ICMP vstupu:', 'In'],
  ['ICMP-Eingabehistogramm:', 'In'],
  ['Siseneva ICMP jaotus:', 'In'],
  ["Histogramme d'entrée ICMP", 'In'],
  ['ICMP入力ヒストグラム:', 'In'],
  ['Histograma de entrada ICMP:', 'In'],
  ['ICMP output histogram:', 'Out'],
  ['Histogram ICMP výstupu:', 'Out'],
  ['ICMP-Ausgabehistogramm:', 'Out'],
  ['Väljuva ICMP jaotus:', 'Out'],
  ['Histogramme de sortie ICMP', 'Out'],
  ['ICMP出力ヒストグラム:', 'Out'],
  ['Histograma de saída ICMP', 'Out'],
]);
