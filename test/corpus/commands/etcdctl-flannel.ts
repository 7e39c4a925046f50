import type { CorpusCommand } from '../corpus.js';

export const etcdctlFlannel: CorpusCommand = {
  command: 'etcdctl-flannel',
  folders: ['etcdctl-flannel'],
  foreign: [{ file: 'kuryr-with-docker-cluster', because: "a network of Docker's libnetwork" }],
};
