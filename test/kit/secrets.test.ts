import { parseText } from '../../src/capture/parse.js';
import { type Parser, textFrom, valueWithoutSecrets, withoutSecrets } from '../../src/kit/index.js';

/** Made for these tests (`wg genkey`, `openssl rand`); they open nothing. */
const PRIVATE = 'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=';
const PUBLIC = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';
const SHARED = 'FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE=';
const JWT = 'eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJrdWJlcm5ldGVzL3NlcnZpY2VhY2NvdW50In0.c2lnbmF0dXJlLWJ5dGVz';
const HEX = '0x4a8b1f0e9d2c6b7a5f3e1d0c9b8a7f6e5d4c3b2a1908f7e6d5c4b3a291807f6e';

/** What must go, and what must stay, in lines as the tools print them. */
test.each([
  [`wg0\t${PRIVATE}\t${PUBLIC}\t51820\toff`, [PRIVATE], [PUBLIC, '51820']],
  [`${PRIVATE}\t${PUBLIC}\t51820\t0xca6c`, [PRIVATE], [PUBLIC]],
  [`flannel-wg ${PRIVATE} ${PUBLIC} 51820 off`, [PRIVATE], [PUBLIC]],
  [
    `wg0\t${PUBLIC}\t${SHARED}\t192.168.50.12:51820\t10.244.2.0/24\t1732562881\t1480\t1480\toff`,
    [SHARED],
    [PUBLIC, '10.244.2.0/24'],
  ],
  [`wg0\t${PUBLIC}\t${SHARED}\t(none)\t10.244.2.0/24\t0\t0\t0\toff`, [SHARED], [PUBLIC]],
  [`wg0\t${PUBLIC}\t(none)\t192.168.50.12:51820\t10.244.2.0/24\t0\t0\t0\toff`, [], [PUBLIC, '(none)']],
  [`${PUBLIC}\t${SHARED}`, [SHARED], [PUBLIC]],
  [`  private key: ${PRIVATE}`, [PRIVATE], ['private key']],
  ['  private key: (hidden)', [], ['(hidden)']],
  [`  preshared key: ${SHARED}`, [SHARED], []],
  [`  public key: ${PUBLIC}`, [], [PUBLIC]],
  [`PrivateKey = ${PRIVATE}`, [PRIVATE], ['PrivateKey']],
  [`PresharedKey=${SHARED}`, [SHARED], []],
  [`PublicKey = ${PUBLIC}`, [], [PUBLIC]],
  ['PrivateKeyFile=/etc/systemd/network/wg.key', [], ['/etc/systemd/network/wg.key']],
  [`\tauth-trunc hmac(sha256) ${HEX} 128`, [HEX], ['hmac(sha256)', ' 128']],
  [`\tenc cbc(aes) ${HEX}`, [HEX], ['cbc(aes)']],
  [`\taead rfc4106(gcm(aes)) ${HEX} 128`, [HEX], ['rfc4106(gcm(aes))']],
  [
    '3 rfc4106(gcm(aes)) 44434241343332312423222114131211f4f3f2f1 128',
    ['44434241343332312423222114131211f4f3f2f1'],
    ['rfc4106'],
  ],
  ['\tE: aes-cbc  1f0e9d2c 6b7a5f3e 1d0c9b8a 7f6e5d4c', ['6b7a5f3e'], ['aes-cbc']],
  [`    token: ${JWT}`, [JWT], ['token:']],
  [`token:      ${JWT}`, [JWT], []],
  [`Authorization: Bearer ${JWT}`, [JWT], ['Authorization']],
  [
    `curl -H "Authorization: Basic YWRtaW46aHVudGVyMg==" https://10.0.0.1`,
    ['YWRtaW46aHVudGVyMg'],
    ['https://10.0.0.1'],
  ],
  [
    '    client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFb3dJQkFBS0NBUUVB',
    ['LS0tLS1CRUdJTiBSU0E'],
    ['client-key-data'],
  ],
  [
    '    client-key: /var/lib/kubelet/pki/kubelet-client-current.pem',
    [],
    ['/var/lib/kubelet/pki/kubelet-client-current.pem'],
  ],
  ['  tls.key: LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0tCk1IY0NBUUVFSU9h', ['BFQyBQUklWQVRF'], ['tls.key']],
  ['    password: "correct horse battery"', ['horse'], ['password']],
  ['  password: hunter2 with blanks', ['hunter2', 'blanks'], []],
  [
    '{"cniVersion":"0.3.1","name":"k8s","token":"abc.def","policy":{"type":"k8s","k8s_auth_token":"s3cr3t!"},"mtu":1450}',
    ['abc.def', 's3cr3t!'],
    ['"mtu":1450', '0.3.1'],
  ],
  ['{"auths":{"registry.local":{"auth":"dXNlcjpwYXNz"}}}', ['dXNlcjpwYXNz'], ['registry.local']],
  ['"config": "{\\"password\\":\\"hunter2\\",\\"mtu\\":1450}"', ['hunter2'], ['mtu', '1450']],
  ['{"password":"ab\\"cd","x":1}', ['cd'], ['"x":1']],
  [
    'kubeadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:1f0e',
    ['0123456789abcdef'],
    ['10.0.0.1:6443', 'sha256:1f0e'],
  ],
  ['kubeadm join --certificate-key 8d1f0e9d2c6b7a5f', ['8d1f0e9d2c6b7a5f'], []],
  ['kubelet --bootstrap-kubeconfig=/etc/k --token=deadbeef --node-ip=10.0.0.1', ['deadbeef'], ['--node-ip=10.0.0.1']],
  ['K3S_TOKEN=K10deadbeef::server:cafe K3S_URL=https://10.0.0.1:6443', ['deadbeef', 'cafe'], ['K3S_TOKEN']],
  ['"Env": ["ETCD_ROOT_PASSWORD=hunter2","PATH=/usr/bin"]', ['hunter2'], ['PATH=/usr/bin']],
  ['curl -sk -u admin:hunter2 -X GET 10.0.0.1', ['hunter2'], ['admin', '-X GET 10.0.0.1']],
  ['docker run -u 1000:1000 busybox', ['1000:1000'], ['busybox']],
  ['https://admin:hunter2@etcd.local:2379/v2', ['hunter2'], ['admin', 'etcd.local:2379']],
  ['-----BEGIN RSA PRIVATE KEY-----', [], ['-----BEGIN RSA PRIVATE KEY-----']],
  ['MIIEowIBAAKCAQEAy8Dbv8prpJ/0kKhlGeJYozo2t60EG8L0561g13R29LvMR5hy', ['MIIEowIBAAKCAQEAy8'], []],
  [
    '"key": "-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIOa1\\n-----END EC PRIVATE KEY-----"',
    ['MHcCAQEEIOa1'],
    ['-----END'],
  ],
  ['  password "s3cret";', ['s3cret'], ['password']],
  ['10.0.0.1 10.0.0.2 : PSK "s3cret"', ['s3cret'], ['PSK']],
  ['        auth_pass 1111s', ['1111s'], []],
  [' neighbor 10.0.0.2 password 7 0822455D0A16', ['0822455D0A16'], ['10.0.0.2']],
  ['root:$6$saltsalt$yXzP8eW0qk1/abcdefgh:19000:0:99999:7:::', ['yXzP8eW0qk1'], ['root:', ':19000']],
  ['net.ipv6.conf.all.stable_secret = fd00:1:2:3:4:5:6:7', ['fd00:1:2:3:4:5:6:7'], []],
])('%s', (line, gone, kept) => {
  const masked = withoutSecrets(line);
  for (const secret of gone) expect(masked).not.toContain(secret);
  for (const word of kept) expect(masked).toContain(word);
  if (gone.length === 0) expect(masked).toBe(line);
  expect(withoutSecrets(masked)).toBe(masked);
});

/** What a diagnosis lives of stays as it is. */
test.each([
  'default via 10.0.0.1 dev eth0 proto dhcp src 10.0.0.11 metric 100',
  '10.244.2.0 dev flannel.1 lladdr 16:88:4f:00:36:49 PERMANENT',
  '-A KUBE-SERVICES -d 10.96.0.10/32 -p udp -m comment --comment "kube-system/kube-dns:dns cluster IP" -m udp --dport 53 -j KUBE-SVC-TCOU7JCQXEZGVUNU',
  'E1125 19:30:01.2 main.go:243] Failed to create SubnetManager: open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory',
  'sshd[812]: Failed password for root from 10.0.0.9 port 40110 ssh2',
  '    secretName: calico-etcd-secrets',
  '      tokenExpirationSeconds: 3607',
  '  - secretRef:',
  '    key: cni_network_config',
  'src 192.168.50.11 dst 192.168.50.12 proto esp spi 0x9d93291b reqid 0 mode transport',
  '9d0c5b1a7e3f4d2c8b6a5f4e3d2c1b0a9d0c5b1a7e3f4d2c8b6a5f4e3d2c1b0a',
  'Normal Pulled pod/web token-refresh: Back-off pulling image',
  '        inet6 fe80::1688:4fff:fe00:3649/64 scope link',
  'serviceAccountToken: ',
])('%s stays', (line) => expect(withoutSecrets(line)).toBe(line));

test('a report keeps its paths, and loses secrets wherever they stand', () => {
  const report = { file: 'case/password=1/wg.txt', nested: [{ text: `PrivateKey = ${PRIVATE}` }], n: 1, none: null };
  expect(valueWithoutSecrets(report)).toEqual({
    file: 'case/password=1/wg.txt',
    nested: [{ text: 'PrivateKey = [masked]' }],
    n: 1,
    none: null,
  });
});

test('a gap never quotes a secret, also when its line is cut', () => {
  const parser: Parser = { command: 'x', emits: [], scope: 'stack', claims: { sniff: () => 0 }, parse: () => {} };
  const lines = [`  private key: ${PRIVATE}`, `${'x '.repeat(105)} --token=${JWT}`];
  const { gaps } = parseText(parser, textFrom(lines.join('\n')), 0, { argv: [], fileName: '', scope: {} });
  expect(gaps).toHaveLength(2);
  for (const g of gaps) {
    expect(g.text).not.toContain(PRIVATE.slice(0, 8));
    expect(g.text).not.toContain(JWT.slice(0, 12));
  }
});

test.each(['token=', 'a.b-', '"password":"', 'PRIVATE KEY-----\\n', '://a:', 'enc x ', ' [E]: x(', 'AAAA', '$6$'])(
  'a line of half a megabyte of %s takes no long time',
  (piece) => {
    const start = performance.now();
    withoutSecrets(piece.repeat(500_000 / piece.length));
    expect(performance.now() - start).toBeLessThan(2000);
  },
);
