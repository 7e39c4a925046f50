import type { CorpusCommand } from '../corpus.js';

export const iptablesSave: CorpusCommand = {
  command: 'iptables-save',
  folders: ['iptables-save', 'iptables-S'],
  incomplete: [
    { file: 'imaginray_factory_network.iptables-save.txt', because: 'a script of iptables-restore with -I commands' },
    { file: 'k8s-service_L38', because: 'ends in a line of prose' },
  ],
};
