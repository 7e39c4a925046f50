import { byHeaders, type Section, type Sectioning } from './section.js';

/*
 * curling https://0A1B2C.gr7.eu-west-1.eks.amazonaws.com (1 of 5) 2026-03-12T09:14:02.123UTC
 */
const HEADER =
  /^(?:curling (https?:\/\/[^\s/]{1,300}) \(\d+ of \d+\) \d{4}-\d\d-\d\dT[\d:.]+[A-Z]*|sending GET request to (https?:\/\/\S{1,400}))$/;

function headerOf(line: string): Omit<Section, 'from' | 'to' | 'at'> | undefined {
  const [, host, url] = HEADER.exec(line) ?? [];
  if (url !== undefined) return { commandLine: `curl ${url}` };
  return host === undefined ? undefined : { commandLine: `curl -v ${host}/livez?verbose` };
}

/**
 * EKS log collector (eks-log-collector.sh get_networking_info): the cluster's interface is asked five times, a line and the time above each answer. The node
 * monitoring agent asks once.
 */
export const curling: Sectioning = {
  name: 'curling',
  detect: (head) => head.some((line) => HEADER.test(line)),
  split: (text) => byHeaders(text, headerOf),
};
